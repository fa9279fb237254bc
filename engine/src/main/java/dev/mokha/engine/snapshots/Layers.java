package dev.mokha.engine.snapshots;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.build.dockerfile.Instruction.Source;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.content.DurableFiles;
import dev.mokha.engine.content.Leases;
import dev.mokha.linux.FileSystemSync;
import dev.mokha.linux.Nodes;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import tools.jackson.databind.json.JsonMapper;

/**
 * The read-only directories of images' layers, one for each chain id. A layer's directory is made
 * under {@code staging} and renamed. Whoever puts on record what needs layers calls {@link #sync}
 * before; those that nobody has on record are collected when the engine opens, so that one that is
 * in {@code layers} is whole.
 */
public final class Layers {
  private static final int FORMAT = 1;

  /** As many directories overlayfs lays over each other. */
  static final int MAX_STACK = 500;

  /** Of the free space, what unpacking leaves alone. */
  private static final double RESERVE = 0.02;

  private final Path layers;
  private final Path staging;
  private final AtomicLong sequence = new AtomicLong();
  private final Semaphore slots =
      new Semaphore(Math.max(2, Runtime.getRuntime().availableProcessors()));
  private final ConcurrentHashMap<String, CompletableFuture<Long>> underWay =
      new ConcurrentHashMap<>();

  /** Layers whose files may not be on the disk yet. */
  private final Set<String> unsynced = ConcurrentHashMap.newKeySet();

  /**
   * A layer to unpack.
   *
   * @param diffId what its plain tar must have
   * @param open opens its tar, compressed or not
   * @param known whether what is opened is known to have that digest: the tar as it is, verified
   * @param progress hears how many bytes of that were read
   */
  public record Source(String diffId, Opener open, boolean known, LongConsumer progress) {
    /** One whose digest is to be seen. */
    public Source(String diffId, Opener open, LongConsumer progress) {
      this(diffId, open, false, progress);
    }
  }

  /** Opens a stream. */
  @FunctionalInterface
  public interface Opener {
    /** Opens it anew. */
    InputStream open() throws IOException;
  }

  private record Layer(int format, String chainId, String diffId, long size) {}

  Layers(Path root) throws IOException {
    layers = Files.createDirectories(root.resolve("layers"));
    staging = root.resolve("staging");
    DurableFiles.delete(staging);
    Files.createDirectories(staging);
  }

  /** A layer's directory. */
  public Path directory(String chainId) {
    return home(chainId).resolve("fs");
  }

  private Path home(String chainId) {
    return layers.resolve(Digest.parse(chainId).hex());
  }

  /** Whether a layer is unpacked. */
  public boolean contains(String chainId) {
    return Files.isDirectory(directory(chainId));
  }

  /** Bytes of a layer's files; empty when it is not unpacked. */
  public Optional<Long> size(String chainId) throws IOException {
    Path file = home(chainId).resolve("layer.json");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    return Optional.of(JsonMapper.shared().readValue(Files.readAllBytes(file), Layer.class).size());
  }

  /**
   * Unpacks what is not unpacked yet of an image, side by side.
   *
   * @param sources all layers, lowest first
   * @return bytes of all layers' files
   */
  public long unpack(List<Source> sources, Leases.Lease lease) {
    List<String> chain = Snapshots.chainIds(sources.stream().map(Source::diffId).toList());
    chain.forEach(lease::add);
    List<CompletableFuture<Long>> all = new ArrayList<>();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> tasks = new ArrayList<>();
      for (int i = 0; i < sources.size(); i++) {
        int index = i;
        CompletableFuture<Long> mine = new CompletableFuture<>();
        CompletableFuture<Long> other = underWay.putIfAbsent(chain.get(i), mine);
        all.add(other == null ? mine : other);
        if (other == null) {
          CompletableFuture<Long> below = i == 0 ? null : all.get(i - 1);
          tasks.add(
              executor.submit(
                  () -> {
                    try {
                      mine.complete(unpackOne(sources.get(index), chain, index, below));
                    } catch (Throwable t) {
                      mine.completeExceptionally(t);
                    } finally {
                      underWay.remove(chain.get(index), mine);
                    }
                  }));
        }
      }
    }
    try {
      return all.stream().mapToLong(CompletableFuture::join).sum();
    } catch (CompletionException e) {
      if (e.getCause() instanceof EngineException known) {
        throw known;
      }
      throw new EngineException(
          isFull(e.getCause()) ? EngineException.Code.NO_SPACE : EngineException.Code.CORRUPT,
          "A layer can't be unpacked: " + e.getCause().getMessage(),
          e.getCause());
    }
  }

  private static boolean isFull(Throwable e) {
    return e.getMessage() != null && e.getMessage().contains("No space left");
  }

  private long unpackOne(
      Source source, List<String> chain, int index, CompletableFuture<Long> below)
      throws IOException, InterruptedException {
    String chainId = chain.get(index);
    Optional<Long> known = size(chainId);
    if (known.isPresent()) {
      return known.get();
    }
    Path home = stage();
    try {
      long bytes = unpack(source, home, chain.subList(0, index + 1), below);
      write(home, new Layer(FORMAT, chainId, source.diffId(), bytes));
      unsynced.add(chainId);
      Files.move(home, home(chainId), StandardCopyOption.ATOMIC_MOVE);
      return bytes;
    } finally {
      DurableFiles.delete(home);
    }
  }

  /**
   * Unpacks a layer into a directory of its own.
   *
   * @param chain of it and all below, lowest first
   * @param below is done when those below are there; null when they are
   */
  private long unpack(Source source, Path home, List<String> chain, CompletableFuture<Long> below)
      throws IOException, InterruptedException {
    Path directory = Files.createDirectories(home.resolve("fs"));
    LayerUnpacker.Result result;
    slots.acquire();
    try (InputStream in = source.open().open()) {
      result =
          new LayerUnpacker(directory, free(), source.progress())
              .unpack(in, source.known() ? Optional.of(source.diffId()) : Optional.empty());
    } finally {
      slots.release();
    }
    if (!result.diffId().toString().equals(source.diffId())) {
      throw new EngineException(
          EngineException.Code.CORRUPT,
          "A layer has digest "
              + result.diffId()
              + " when unpacked, not "
              + source.diffId()
              + " as the image says; ask who made it");
    }
    if (below != null) {
      below.join();
    }
    settle(result, directory, chain.subList(0, chain.size() - 1).reversed());
    return result.size();
  }

  /**
   * Takes from the layers below, the uppermost first, what this one's tar did not say. The same tar
   * on the same layers gives the same tree each time, times too: {@link #verify} compares them.
   */
  private void settle(LayerUnpacker.Result result, Path directory, List<String> below)
      throws IOException {
    for (Map.Entry<Path, String> link : result.borrowed().entrySet()) {
      Path source =
          lower(Path.of(link.getValue()), below)
              .orElseThrow(
                  () ->
                      new EngineException(
                          EngineException.Code.CORRUPT,
                          "A layer has a hard link to "
                              + link.getValue()
                              + ", which is in no layer"));
      if (!Files.isRegularFile(source, LinkOption.NOFOLLOW_LINKS)) {
        throw new EngineException(
            EngineException.Code.CORRUPT,
            "A layer has a hard link to " + link.getValue() + ", which is not a file");
      }
      FileTime said = Files.getLastModifiedTime(link.getKey().getParent());
      Files.copy(
          source, link.getKey(), StandardCopyOption.COPY_ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
      Files.setLastModifiedTime(link.getKey().getParent(), said);
    }
    for (Path path : result.implied()) {
      Optional<Path> lower = lower(directory.relativize(path), below);
      if (lower.isPresent() && Files.isDirectory(lower.get(), LinkOption.NOFOLLOW_LINKS)) {
        LayerStack.copyAttributes(lower.get(), path);
        Files.setLastModifiedTime(path, Files.getLastModifiedTime(lower.get()));
      } else {
        Files.setLastModifiedTime(path, FileTime.fromMillis(0)); // nobody said when
      }
    }
  }

  private Optional<Path> lower(Path relative, List<String> below) throws IOException {
    for (String chainId : below) {
      Path parent = relative.getParent();
      Path found = new RootedTree(directory(chainId)).find(parent == null ? "" : parent.toString());
      if (found != null) {
        Path path = found.resolve(relative.getFileName());
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
          return Optional.of(path);
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Makes a layer of a directory in overlayfs' form, which is moved. Nobody else may use it any
   * more. It survives a power cut only after {@link #sync}.
   *
   * @param directory on the same file system
   * @param below diff ids of the layers it comes on, lowest first
   * @param clamp no file stays younger than that
   */
  public Made adopt(Path directory, List<String> below, Optional<Instant> clamp, Leases.Lease lease)
      throws IOException {
    Path home = Files.createDirectories(stage());
    try {
      Path files = home.resolve("fs");
      Files.move(directory, files, StandardCopyOption.ATOMIC_MOVE);
      return keep(home, files, below, clamp, lease);
    } finally {
      DurableFiles.delete(home);
    }
  }

  /**
   * Makes a layer of a tar, compressed or not, of which nothing is trusted. What its archive is
   * later is not the same bytes, but says the same.
   */
  public Made adopt(InputStream tar, List<String> below, Leases.Lease lease) throws IOException {
    Path home = stage();
    try {
      Path files = Files.createDirectories(home.resolve("fs"));
      LayerUnpacker.Result result = new LayerUnpacker(files, free(), done -> {}).unpack(tar);
      settle(result, files, Snapshots.chainIds(below).reversed());
      return keep(home, files, below, Optional.empty(), lease);
    } finally {
      DurableFiles.delete(home);
    }
  }

  /**
   * Makes one layer of several.
   *
   * @param diffIds all layers, lowest first
   * @param keep how many of the lowest stay: the new one comes on those
   */
  public Made squash(List<String> diffIds, int keep, Leases.Lease lease) throws IOException {
    List<String> chain = Snapshots.chainIds(diffIds);
    LayerStack stack = stack(chain.subList(0, keep).reversed());
    Path home = stage();
    try {
      Path files = Files.createDirectories(home.resolve("fs"));
      LayerMerge merge =
          new LayerMerge(
              files,
              path -> {
                try {
                  return stack.find(path).isPresent();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      for (String chainId : chain.subList(keep, chain.size())) {
        merge.add(directory(chainId));
      }
      return keep(home, files, diffIds.subList(0, keep), Optional.empty(), lease);
    } finally {
      DurableFiles.delete(home);
    }
  }

  private Path stage() {
    return staging.resolve(Long.toString(sequence.incrementAndGet()));
  }

  private Made keep(
      Path home, Path files, List<String> below, Optional<Instant> clamp, Leases.Lease lease)
      throws IOException {
    Archived archived = archive(files, OutputStream.nullOutputStream(), clamp);
    List<String> diffIds = new ArrayList<>(below);
    diffIds.add(archived.diffId());
    String chainId = Snapshots.chainIds(diffIds).getLast();
    write(home, new Layer(FORMAT, chainId, archived.diffId(), archived.size()));
    lease.add(chainId);
    if (!contains(chainId)) {
      unsynced.add(chainId);
      try {
        Files.move(home, home(chainId), StandardCopyOption.ATOMIC_MOVE);
      } catch (java.nio.file.FileSystemException e) {
        if (!contains(chainId)) {
          unsynced.remove(chainId);
          throw e;
        }
        // Someone made the same one meanwhile.
      }
    }
    return new Made(archived.diffId(), chainId, archived.size(), archived.entries() == 0);
  }

  /**
   * A layer made here.
   *
   * @param diffId digest of its archive
   * @param chainId the same together with all below
   * @param size bytes of its files
   * @param empty whether nothing is in it
   */
  public record Made(String diffId, String chainId, long size, boolean empty) {}

  private record Archived(String diffId, long size, long entries) {}

  /** Writes the archive of a layer that was made here; its digest is the diff id. */
  public String archive(String chainId, OutputStream out) throws IOException {
    return archive(directory(chainId), out, Optional.empty()).diffId();
  }

  private static Archived archive(Path files, OutputStream out, Optional<Instant> clamp)
      throws IOException {
    MessageDigest hash = Digest.newHash("sha256");
    BufferedOutputStream buffered =
        new BufferedOutputStream(new DigestOutputStream(out, hash), 1 << 16);
    TreeArchive archive = new TreeArchive(buffered, TreeArchive.Form.LAYER, clamp);
    archive.addContents(files, "");
    archive.finish();
    return new Archived(
        Digest.finish("sha256", hash.digest()).toString(), archive.bytes(), archive.entries());
  }

  /** How long a layer's archive is, in bytes. */
  public long archiveLength(String chainId) throws IOException {
    return TreeArchive.measure(directory(chainId));
  }

  /**
   * Layers as they lie over each other.
   *
   * @param chainIds the uppermost layer's first
   */
  public LayerStack stack(List<String> chainIds) {
    return new LayerStack(chainIds.stream().map(this::directory).toList());
  }

  /**
   * Compares a layer with its archive.
   *
   * @param source its archive; empty for a layer made here, whose directory must have the diff id
   * @param diffIds of it and all below, lowest first; those below are whole
   * @param repair whether to put a freshly unpacked one in its place
   * @return what differs; empty when it is whole
   */
  public Optional<String> verify(Optional<Source> source, List<String> diffIds, boolean repair)
      throws IOException, InterruptedException {
    List<String> chain = Snapshots.chainIds(diffIds);
    String chainId = chain.getLast();
    if (source.isEmpty()) {
      if (!contains(chainId)) {
        return Optional.of("its directory is missing");
      }
      String is = archive(chainId, OutputStream.nullOutputStream());
      return is.equals(diffIds.getLast())
          ? Optional.empty()
          : Optional.of("its files have digest " + is);
    }
    Path home = stage();
    try {
      long bytes = unpack(source.get(), home, chain, null);
      Optional<String> difference = difference(home.resolve("fs"), directory(chainId));
      if (difference.isEmpty() && size(chainId).isPresent()) {
        return Optional.empty();
      }
      if (repair) {
        write(home, new Layer(FORMAT, chainId, source.get().diffId(), bytes));
        FileSystemSync.of(home);
        if (Files.exists(home(chainId))) {
          Nodes.exchange(home, home(chainId));
        } else {
          Files.move(home, home(chainId), StandardCopyOption.ATOMIC_MOVE);
        }
        DurableFiles.syncDirectory(layers);
      }
      return difference.or(() -> Optional.of("its size is not on record"));
    } finally {
      DurableFiles.delete(home);
    }
  }

  private static Optional<String> difference(Path right, Path found) throws IOException {
    if (!Files.isDirectory(found)) {
      return Optional.of("its directory is missing");
    }
    SortedMap<String, String> wanted = TreeArchive.digests(right);
    SortedMap<String, String> is = TreeArchive.digests(found);
    Optional<String> directory = Optional.empty();
    for (Map.Entry<String, String> entry : wanted.entrySet()) {
      String other = is.remove(entry.getKey());
      if (!entry.getValue().equals(other)) {
        String what = "/" + entry.getKey() + (other == null ? " is missing" : " is not as it was");
        if (!entry.getKey().endsWith("/")) {
          return Optional.of(what);
        }
        directory = directory.or(() -> Optional.of(what)); // a file of it may say more
      }
    }
    if (directory.isPresent()) {
      return directory;
    }
    return is.isEmpty() ? Optional.empty() : Optional.of("/" + is.firstKey() + " is not of it");
  }

  private static void write(Path home, Layer layer) throws IOException {
    Files.write(home.resolve("layer.json"), JsonMapper.shared().writeValueAsBytes(layer));
  }

  /** Bytes of all layers' files. */
  public long usage() throws IOException {
    long total = 0;
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(layers)) {
      for (Path home : stream) {
        total += size("sha256:" + home.getFileName()).orElse(0L);
      }
    }
    return total;
  }

  /** Returns when layers are on the disk. */
  public void sync(List<String> chainIds) {
    if (chainIds.stream().anyMatch(unsynced::contains)) {
      sync();
    }
  }

  /** Returns when all layers are on the disk; one call of the kernel serves them all. */
  public void sync() {
    List<String> open = List.copyOf(unsynced);
    if (!open.isEmpty()) {
      FileSystemSync.of(layers);
      open.forEach(unsynced::remove);
    }
  }

  private long free() throws IOException {
    FileStore store = Files.getFileStore(staging);
    return (long) (store.getUsableSpace() * (1 - RESERVE));
  }

  /** Removes every layer that is not named; the bytes freed. */
  public long collect(Set<String> keep) throws IOException {
    long freed = 0;
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(layers)) {
      for (Path home : stream) {
        String chainId = "sha256:" + home.getFileName();
        if (!keep.contains(chainId) && !underWay.containsKey(chainId)) {
          freed += size(chainId).orElse(0L);
          Path doomed = staging.resolve("removed-" + sequence.incrementAndGet());
          Files.move(home, doomed, StandardCopyOption.ATOMIC_MOVE);
          unsynced.remove(chainId);
          DurableFiles.delete(doomed);
        }
      }
    }
    return freed;
  }
}
