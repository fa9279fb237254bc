package dev.mokha.registry.storage;

import static java.util.Objects.requireNonNull;

import dev.mokha.registry.RegistryException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.Lock;

/**
 * Copies what was pushed to a registry into a directory, and back.
 *
 * <pre>{@code
 * RegistryBackup backup = new RegistryBackup(directory);
 * backup.take(storage, RegistryBackup.Progress.NONE);     // again each day: only what is new is copied
 * ...
 * backup.restore(emptyStorage, RegistryBackup.Progress.NONE);
 * }</pre>
 *
 * <p>The directory has blobs as the registry has them, and {@code catalog.json}, which says what
 * repositories, manifests and tags there were at one moment; it is written last, so that a backup
 * that was cut off leaves the one before. Pushes go on beside it. What no manifest refers to yet,
 * that is uploads under way, is not in it. Blobs of earlier backups stay, until {@link #prune}.
 */
public final class RegistryBackup {
  private static final String HEADER = "mokha-registry-backup 1";
  private static final String CATALOG = "catalog.json";
  private static final int PIECE = 1 << 18;

  private final Path directory;

  /** Is told how far it is, in bytes. */
  @FunctionalInterface
  public interface Progress {
    /** Tells nobody. */
    Progress NONE = (done, total) -> {};

    /** So much is done, of so much. */
    void update(long done, long total);
  }

  /**
   * What was done.
   *
   * @param blobs all that the catalog refers to
   * @param copied those that were not there yet
   * @param bytes of these
   */
  public record Report(
      int repositories, int manifests, int tags, int blobs, int copied, long bytes) {}

  /** A backup in a directory, which need not exist yet. */
  public RegistryBackup(Path directory) {
    this.directory = requireNonNull(directory).toAbsolutePath().normalize();
  }

  // Taking

  /**
   * Brings the backup up to date with a registry. Garbage is not collected meanwhile.
   *
   * @throws IOException when the directory can't be written or is something else, or blobs of the
   *     registry are damaged; the backup has everything else then
   */
  public Report take(RegistryStorage storage, Progress progress) throws IOException {
    prepare();
    return storage.collector().withoutCollecting(() -> taken(storage, progress));
  }

  private void prepare() throws IOException {
    Files.createDirectories(directory);
    Path format = directory.resolve("FORMAT");
    if (Files.exists(format)) {
      requireFormat();
      return;
    }
    try (var entries = Files.list(directory)) {
      if (entries.findAny().isPresent()) {
        throw new IOException(
            directory + " has something else in it; name an empty directory, or a backup's");
      }
    }
    files().replace(format, (HEADER + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private void requireFormat() throws IOException {
    String found;
    try {
      found = Files.readString(directory.resolve("FORMAT")).strip();
    } catch (NoSuchFileException e) {
      throw new IOException("there is no backup of a registry in " + directory, e);
    }
    if (!found.equals(HEADER)) {
      throw new IOException(
          "the backup in %s has the form \"%s\", and this Mokha knows only \"%s\""
              .formatted(directory, found, HEADER));
    }
  }

  private DurableFiles files() throws IOException {
    return new DurableFiles(directory.resolve("tmp"));
  }

  private Path path(Digest digest) {
    return directory
        .resolve("blobs")
        .resolve(digest.algorithm())
        .resolve(digest.hex().substring(0, 2))
        .resolve(digest.hex());
  }

  private Report taken(RegistryStorage storage, Progress progress) throws IOException {
    Map<String, BackupCatalog.Repository> catalog = new TreeMap<>();
    Map<Digest, Long> blobs = new LinkedHashMap<>();
    for (String name : storage.repositories("")) {
      Repository repository = storage.repository(new RepositoryName(name));
      Lock lock = repository.lock().readLock();
      lock.lock();
      try {
        BackupCatalog.Repository content = content(repository, storage.blobs(), blobs);
        if (!content.manifests().isEmpty()) {
          catalog.put(name, content);
        }
      } finally {
        lock.unlock();
      }
    }
    long total = blobs.values().stream().mapToLong(Long::longValue).sum();
    long done = 0;
    int copied = 0;
    long bytes = 0;
    DurableFiles files = files();
    Set<Digest> damaged = new LinkedHashSet<>();
    for (Map.Entry<Digest, Long> blob : blobs.entrySet()) {
      if (!isKept(blob.getKey(), blob.getValue())) {
        if (copy(storage.blobs(), blob.getKey(), files)) {
          copied++;
          bytes += blob.getValue();
        } else {
          damaged.add(blob.getKey());
        }
      }
      done += blob.getValue();
      progress.update(done, total);
    }
    files.replace(directory.resolve(CATALOG), new BackupCatalog(Instant.now(), catalog).bytes());
    if (!damaged.isEmpty()) {
      throw new IOException(
          "these blobs of the registry are damaged, and their images not in the backup; push them"
              + " again: "
              + damaged);
    }
    return new Report(
        catalog.size(),
        catalog.values().stream().mapToInt(c -> c.manifests().size()).sum(),
        catalog.values().stream().mapToInt(c -> c.tags().size()).sum(),
        blobs.size(),
        copied,
        bytes);
  }

  /** What a repository has; the sizes of all that its manifests lead to are added. */
  private static BackupCatalog.Repository content(
      Repository repository, BlobStore store, Map<Digest, Long> blobs) throws IOException {
    List<BackupCatalog.Manifest> manifests = new ArrayList<>();
    for (Digest digest : repository.manifests()) {
      Optional<Repository.Found> found = repository.find(digest);
      Optional<byte[]> bytes = store.read(digest);
      if (found.isEmpty() || bytes.isEmpty()) {
        continue;
      }
      manifests.add(new BackupCatalog.Manifest(digest, found.get().mediaType()));
      blobs.put(digest, (long) bytes.get().length);
      for (Descriptor blob : ManifestDocument.parse(bytes.get(), found.get().mediaType()).blobs()) {
        var size = store.size(blob.digest());
        if (size.isPresent()) {
          blobs.put(blob.digest(), size.getAsLong());
        }
      }
    }
    Map<String, Digest> tags = new TreeMap<>();
    for (String tag : repository.tags()) {
      repository.tagged(new Tag(tag)).ifPresent(digest -> tags.put(tag, digest));
    }
    return new BackupCatalog.Repository(manifests, tags);
  }

  private boolean isKept(Digest digest, long size) throws IOException {
    try {
      return Files.size(path(digest)) == size;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** Copies a blob; says whether it is what its name says. */
  private boolean copy(BlobStore from, Digest digest, DurableFiles files) throws IOException {
    Optional<FileChannel> source = from.open(digest);
    if (source.isEmpty()) {
      return false;
    }
    Path half = files.fresh();
    try (FileChannel content = source.get()) {
      if (!copy(content, half, digest)) {
        return false;
      }
      files.rename(half, path(digest));
      return true;
    } finally {
      Files.deleteIfExists(half);
    }
  }

  /** Copies and syncs; says whether the copy has the digest. */
  private static boolean copy(FileChannel from, Path to, Digest digest) throws IOException {
    MessageDigest hash = Digest.hash(digest.algorithm());
    ByteBuffer piece = ByteBuffer.allocate(PIECE);
    try (FileChannel target =
        FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      while (from.read(piece.clear()) >= 0) {
        hash.update(piece.flip());
        piece.rewind();
        while (piece.hasRemaining()) {
          target.write(piece);
        }
      }
      target.force(true);
    }
    return Digest.finished(digest.algorithm(), hash).equals(digest);
  }

  /**
   * Removes what the catalog does not refer to: images that were not in the registry any more when
   * the backup was taken last.
   *
   * @return the bytes that became free
   */
  public long prune() throws IOException {
    requireFormat();
    Set<Digest> kept = new LinkedHashSet<>();
    for (BackupCatalog.Repository content : catalog().repositories().values()) {
      for (BackupCatalog.Manifest manifest : content.manifests()) {
        kept.add(manifest.digest());
        document(manifest).blobs().forEach(blob -> kept.add(blob.digest()));
      }
    }
    Set<Path> paths = new LinkedHashSet<>();
    kept.forEach(digest -> paths.add(path(digest)));
    List<Path> gone;
    try (var all = Files.walk(directory.resolve("blobs"))) {
      gone = all.filter(Files::isRegularFile).filter(file -> !paths.contains(file)).toList();
    }
    long freed = 0;
    for (Path file : gone) {
      freed += Files.size(file);
      Files.delete(file);
    }
    return freed;
  }

  // Restoring

  /**
   * Brings all that the backup has into a registry. What is there stays; a tag that is in both
   * leads where the backup says. Each blob's digest is verified.
   *
   * @throws IOException when the backup can't be read, or lacks something or has it damaged: the
   *     message names the images that were left out; all others are restored
   */
  public Report restore(RegistryStorage storage, Progress progress) throws IOException {
    requireFormat();
    Map<String, BackupCatalog.Repository> catalog = catalog().repositories();
    long total = bytes(catalog);
    long[] done = new long[1];
    int[] counts = new int[5];
    long[] copied = new long[1];
    List<String> lost = new ArrayList<>();
    for (Map.Entry<String, BackupCatalog.Repository> entry : catalog.entrySet()) {
      RepositoryName name = RepositoryName.parse(entry.getKey());
      Set<Digest> restored = new LinkedHashSet<>();
      List<BackupCatalog.Manifest> open = new ArrayList<>(entry.getValue().manifests());
      boolean progressed = true;
      // An index comes after what it names.
      while (progressed && !open.isEmpty()) {
        progressed = false;
        for (BackupCatalog.Manifest manifest : List.copyOf(open)) {
          Optional<ManifestDocument> document = readable(manifest);
          if (document.isEmpty() || waits(document.get(), open, manifest)) {
            continue;
          }
          open.remove(manifest);
          progressed = true;
          if (restoreOne(storage, name, manifest, document.get(), counts, copied)) {
            restored.add(manifest.digest());
          } else {
            lost.add(name + "@" + manifest.digest());
          }
          done[0] += size(document.get());
          progress.update(done[0], total);
        }
      }
      open.forEach(manifest -> lost.add(name + "@" + manifest.digest()));
      counts[1] += restored.size();
      counts[0] += restored.isEmpty() ? 0 : 1;
      for (Map.Entry<String, Digest> tag : entry.getValue().tags().entrySet()) {
        if (restored.contains(tag.getValue())) {
          storage.repository(name).tag(new Tag(tag.getKey()), tag.getValue());
          counts[2]++;
        }
      }
    }
    if (!lost.isEmpty()) {
      throw new IOException(
          "all but these were restored; the backup lacks their content, or has it damaged: "
              + lost);
    }
    return new Report(counts[0], counts[1], counts[2], counts[3], counts[4], copied[0]);
  }

  private static boolean waits(
      ManifestDocument document,
      Collection<BackupCatalog.Manifest> open,
      BackupCatalog.Manifest self) {
    return document.manifests().stream()
        .anyMatch(
            child -> open.stream().anyMatch(k -> k != self && k.digest().equals(child.digest())));
  }

  private boolean restoreOne(
      RegistryStorage storage,
      RepositoryName name,
      BackupCatalog.Manifest manifest,
      ManifestDocument document,
      int[] counts,
      long[] copied)
      throws IOException {
    for (Descriptor blob : document.blobs()) {
      counts[3]++;
      if (storage.mount(name, blob.digest())) {
        continue;
      }
      if (!Files.exists(path(blob.digest()))) {
        if (blob.elsewhere()) {
          continue;
        }
        return false;
      }
      Path half = storage.scratch();
      try (FileChannel content = FileChannel.open(path(blob.digest()), StandardOpenOption.READ)) {
        if (!copy(content, half, blob.digest())) {
          return false;
        }
        copied[0] += content.size();
        counts[4]++;
        storage.keep(name, blob.digest(), half);
      } finally {
        Files.deleteIfExists(half);
      }
    }
    try {
      storage.putManifest(name, document, manifest.digest(), List.of(), true);
      return true;
    } catch (RegistryException e) {
      return false;
    }
  }

  private BackupCatalog catalog() throws IOException {
    return BackupCatalog.read(directory.resolve(CATALOG));
  }

  private long bytes(Map<String, BackupCatalog.Repository> catalog) {
    return catalog.values().stream()
        .flatMap(content -> content.manifests().stream())
        .flatMap(manifest -> readable(manifest).stream())
        .mapToLong(RegistryBackup::size)
        .sum();
  }

  private static long size(ManifestDocument document) {
    return document.bytes().length
        + document.blobs().stream().mapToLong(blob -> Math.max(0, blob.size())).sum();
  }

  private Optional<ManifestDocument> readable(BackupCatalog.Manifest manifest) {
    try {
      return Optional.of(document(manifest));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private ManifestDocument document(BackupCatalog.Manifest manifest) throws IOException {
    byte[] bytes = Files.readAllBytes(path(manifest.digest()));
    if (!Digest.of(manifest.digest().algorithm(), bytes).equals(manifest.digest())) {
      throw new IOException("the manifest " + manifest.digest() + " is damaged");
    }
    try {
      return ManifestDocument.parse(bytes, manifest.mediaType());
    } catch (RegistryException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
