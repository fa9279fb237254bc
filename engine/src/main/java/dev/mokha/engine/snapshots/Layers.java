package dev.mokha.engine.snapshots;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.content.DurableFiles;
import dev.mokha.engine.content.Leases;
import dev.mokha.linux.FileSystemSync;
import dev.mokha.linux.Nodes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
 * under {@code staging}, synced and renamed: one that is in {@code layers} is whole.
 */
public final class Layers {
  private static final int FORMAT = 1;

  /** Of the free space, what unpacking leaves alone. */
  private static final double RESERVE = 0.02;

  private final Path layers;
  private final Path staging;
  private final AtomicLong sequence = new AtomicLong();
  private final Semaphore slots =
      new Semaphore(Math.max(2, Runtime.getRuntime().availableProcessors()));
  private final ConcurrentHashMap<String, CompletableFuture<Long>> underWay =
      new ConcurrentHashMap<>();

  /**
   * A layer to unpack.
   *
   * @param diffId what its plain tar must have
   * @param open opens its tar, compressed or not
   * @param progress hears how many bytes of that were read
   */
  public record Source(String diffId, Opener open, LongConsumer progress) {}

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
    Path home = staging.resolve(Long.toString(sequence.incrementAndGet()));
    try {
      Path directory = Files.createDirectories(home.resolve("fs"));
      LayerUnpacker.Result result;
      slots.acquire();
      try (InputStream in = source.open().open()) {
        result = new LayerUnpacker(directory, free(), source.progress()).unpack(in);
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
      settle(result, directory, chain.subList(0, index).reversed());
      JsonMapper json = JsonMapper.shared();
      Files.write(
          home.resolve("layer.json"),
          json.writeValueAsBytes(new Layer(FORMAT, chainId, source.diffId(), result.size())));
      FileSystemSync.of(home);
      Files.move(home, home(chainId), StandardCopyOption.ATOMIC_MOVE);
      DurableFiles.syncDirectory(layers);
      return result.size();
    } finally {
      DurableFiles.delete(home);
    }
  }

  /** Takes from the layers below, the uppermost first, what this one's tar did not say. */
  private void settle(LayerUnpacker.Result result, Path directory, List<String> below)
      throws IOException {
    for (Path path : result.implied()) {
      Optional<Path> lower = lower(directory.relativize(path), below);
      if (lower.isPresent() && Files.isDirectory(lower.get(), LinkOption.NOFOLLOW_LINKS)) {
        Map<String, Object> is =
            Files.readAttributes(lower.get(), "unix:mode,uid,gid", LinkOption.NOFOLLOW_LINKS);
        Nodes.owner(path, (int) is.get("uid"), (int) is.get("gid"));
        Nodes.mode(path, (int) is.get("mode") & 07777);
      }
    }
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
      Files.copy(
          source, link.getKey(), StandardCopyOption.COPY_ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
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
          DurableFiles.delete(doomed);
        }
      }
    }
    return freed;
  }
}
