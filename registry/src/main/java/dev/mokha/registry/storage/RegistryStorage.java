package dev.mokha.registry.storage;

import static java.util.Objects.requireNonNull;

import dev.mokha.registry.RegistryException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.NavigableSet;
import java.util.concurrent.ConcurrentSkipListSet;

/** A directory of blobs and repositories; see the package's comment. One process has it open. */
public final class RegistryStorage implements AutoCloseable {
  /** Raise it with every change of the form, and read the one before too. */
  private static final int FORMAT = 1;

  private final Path repositories;
  private final FileChannel lock;
  private final DurableFiles files;
  private final LastUse lastUse;
  private final BlobStore blobs;
  private final Uploads uploads;
  private final GarbageCollector collector;
  private final Stripes locks = new Stripes(256);
  private final NavigableSet<String> names = new ConcurrentSkipListSet<>();

  private RegistryStorage(Path directory, InstantSource clock) throws IOException {
    Files.createDirectories(directory);
    lock =
        FileChannel.open(
            directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      own(directory);
      files = new DurableFiles(directory.resolve("tmp"));
      checkFormat(directory);
      lastUse = new LastUse(clock);
      blobs = new BlobStore(directory.resolve("blobs"), files, lastUse);
      uploads = new Uploads(directory.resolve("uploads"), clock);
      repositories = Files.createDirectories(directory.resolve("repositories"));
      readNames();
      collector = new GarbageCollector(this, clock);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /**
   * Opens a directory, and makes it if need be.
   *
   * @throws IllegalStateException when another process has it, or a newer program wrote it
   */
  public static RegistryStorage open(Path directory, InstantSource clock) throws IOException {
    return new RegistryStorage(requireNonNull(directory).toAbsolutePath(), requireNonNull(clock));
  }

  private void own(Path directory) throws IOException {
    FileLock held;
    try {
      held = lock.tryLock();
    } catch (OverlappingFileLockException e) {
      held = null;
    }
    if (held == null) {
      throw new IllegalStateException(
          "the registry in " + directory + " is in use by another process; end that first");
    }
  }

  private void checkFormat(Path directory) throws IOException {
    Path file = directory.resolve("FORMAT");
    if (!Files.exists(file)) {
      files.replace(file, (FORMAT + "\n").getBytes(StandardCharsets.UTF_8));
      return;
    }
    String found = Files.readString(file).strip();
    if (!found.equals(Integer.toString(FORMAT))) {
      throw new IllegalStateException(
          "the registry in %s has the form %s, and this Mokha knows only %d; start a newer one"
              .formatted(directory, found, FORMAT));
    }
  }

  private void readNames() throws IOException {
    Files.walkFileTree(
        repositories,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path d, BasicFileAttributes attributes) {
            String part = d.getFileName().toString();
            if (!part.startsWith("_")) {
              return FileVisitResult.CONTINUE;
            }
            if (RepositoryFiles.marksRepository(part)) {
              names.add(repositories.relativize(d.getParent()).toString());
            }
            return FileVisitResult.SKIP_SUBTREE;
          }
        });
  }

  /** All blobs. */
  public BlobStore blobs() {
    return blobs;
  }

  /** The uploads under way. */
  public Uploads uploads() {
    return uploads;
  }

  /** What takes away that nothing refers to. */
  public GarbageCollector collector() {
    return collector;
  }

  /** A repository, whether it exists or not. */
  public Repository repository(RepositoryName name) {
    RepositoryFiles own = new RepositoryFiles(repositories.resolve(name.value()), files, lastUse);
    return new Repository(name, own, blobs, locks.of(name));
  }

  /** The names of all repositories after a name, in ASCII order. */
  public NavigableSet<String> repositories(String after) {
    return names.tailSet(after, false);
  }

  /**
   * Ends an upload: its blob is verified, on the disk and in its repository when this returns.
   *
   * @throws dev.mokha.registry.RegistryException when it has another digest
   */
  public void finish(Upload.Turn turn, Digest digest) throws IOException {
    Repository repository = repository(turn.upload().repository());
    Path content;
    try {
      content = turn.finish(digest);
    } catch (RegistryException e) {
      uploads.forget(turn.upload());
      throw e;
    }
    repository.add(digest, content);
    names.add(repository.name().value());
    turn.cancel();
    uploads.forget(turn.upload());
  }

  /** Takes a blob into a repository that has it not, if it is here; says whether it is. */
  public boolean mount(RepositoryName into, Digest digest) throws IOException {
    boolean mounted = repository(into).link(digest);
    if (mounted) {
      names.add(into.value());
    }
    return mounted;
  }

  /**
   * Puts a manifest.
   *
   * @param complete whether what it names must be in the repository
   */
  public void putManifest(
      RepositoryName into,
      ManifestDocument document,
      Digest digest,
      Collection<Tag> tags,
      boolean complete)
      throws IOException {
    repository(into).putManifest(document, digest, List.copyOf(tags), complete, this::stage);
    names.add(into.value());
  }

  /** A blob file that a mirror fills: a name on the same file system that no other file has. */
  public Path scratch() {
    return files.fresh();
  }

  /**
   * Keeps a blob that a mirror has brought.
   *
   * @param content a synced and verified file made at {@link #scratch}
   */
  public void keep(RepositoryName into, Digest digest, Path content) throws IOException {
    repository(into).add(digest, content);
    names.add(into.value());
  }

  private Path stage(byte[] bytes) throws IOException {
    Path file = files.fresh();
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer rest = ByteBuffer.wrap(bytes);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
      channel.force(true);
    } catch (IOException e) {
      Files.deleteIfExists(file);
      throw e;
    }
    return file;
  }

  /** Removes a repository with all its tags; its blobs go with the next collection. */
  public void deleteRepository(RepositoryName name) throws IOException {
    Repository repository = repository(name);
    repository.requireExisting();
    repository.delete();
    names.remove(name.value());
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
