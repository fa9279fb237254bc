package dev.mokha.engine.snapshots;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.snapshots.Layers.Source;
import dev.mokha.linux.DurableFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/**
 * Unpacks images' layers side by side, each only once however many ask at the same time. Only the
 * last step, what a layer takes from those below it, waits for them.
 */
final class LayerUnpacks {
  private final LayerDirectories directories;
  private final Semaphore slots =
      new Semaphore(Math.max(2, Runtime.getRuntime().availableProcessors()));
  private final ConcurrentHashMap<String, CompletableFuture<Long>> underWay =
      new ConcurrentHashMap<>();

  LayerUnpacks(LayerDirectories directories) {
    this.directories = requireNonNull(directories, "directories");
  }

  boolean isUnderWay(String chainId) {
    return underWay.containsKey(chainId);
  }

  /**
   * Unpacks those that are not there yet.
   *
   * @param sources all layers, lowest first
   * @param chain their chain ids
   * @return bytes of all layers' files
   */
  long unpack(List<Source> sources, List<String> chain) {
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
    Optional<Long> known = directories.size(chainId);
    if (known.isPresent()) {
      return known.get();
    }
    Path staged = directories.stage();
    try {
      long bytes = unpack(source, staged, chain.subList(0, index + 1), below);
      directories.publish(staged, chainId, source.diffId(), bytes);
      return bytes;
    } finally {
      DurableFiles.delete(staged);
    }
  }

  /**
   * Unpacks a layer into a directory of its own.
   *
   * @param staged where; it is made
   * @param chain of it and all below, lowest first
   * @param below is done when those below are there; null when they are
   * @return bytes of its files
   */
  long unpack(Source source, Path staged, List<String> chain, CompletableFuture<Long> below)
      throws IOException, InterruptedException {
    Path files = Files.createDirectories(LayerDirectories.stagedFiles(staged));
    LayerUnpacker.Result result;
    slots.acquire();
    try (InputStream in = source.open().open()) {
      result =
          new LayerUnpacker(files, directories.free(), source.progress())
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
    lower(chain.subList(0, chain.size() - 1)).complete(result, files);
    return result.size();
  }

  /**
   * Layers to come on.
   *
   * @param chain lowest first
   */
  LowerLayers lower(List<String> chain) {
    return new LowerLayers(chain.reversed().stream().map(directories::files).toList());
  }
}
