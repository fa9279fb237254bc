package dev.mokha.engine.snapshots;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.content.Digest;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.FileSystemSync;
import dev.mokha.linux.Nodes;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where layers lie on the disk. One is made in a directory of {@code staging}, with its record, and
 * gets its name in one step; it survives a power cut only after {@link #sync()}.
 *
 * <pre>
 * staging/NUMBER                  being made or removed; emptied when the engine opens
 * layers/CHAIN-ID/fs              the files
 * layers/CHAIN-ID/layer.json      {@link Layer}
 * </pre>
 */
final class LayerDirectories {
  private static final int FORMAT = 1;

  /** Of the free space, what unpacking leaves alone. */
  private static final double RESERVE = 0.02;

  private final Path layers;
  private final Path staging;
  private final AtomicLong sequence = new AtomicLong();

  /** Layers whose files may not be on the disk yet. */
  private final Set<String> unsynced = ConcurrentHashMap.newKeySet();

  private record Layer(int format, String chainId, String diffId, long size) {}

  LayerDirectories(Path root) throws IOException {
    requireNonNull(root, "root");
    layers = Files.createDirectories(root.resolve("layers"));
    staging = root.resolve("staging");
    DurableFiles.delete(staging);
    Files.createDirectories(staging);
  }

  private Path home(String chainId) {
    return layers.resolve(Digest.parse(chainId).hex());
  }

  /** The files of a layer that is there. */
  Path files(String chainId) {
    return home(chainId).resolve("fs");
  }

  /** The files of one that is being made. */
  static Path stagedFiles(Path staged) {
    return staged.resolve("fs");
  }

  boolean contains(String chainId) {
    return Files.isDirectory(files(chainId));
  }

  /** Bytes of a layer's files; empty when it is not there. */
  Optional<Long> size(String chainId) throws IOException {
    Path file = home(chainId).resolve("layer.json");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    return Optional.of(JsonMapper.shared().readValue(Files.readAllBytes(file), Layer.class).size());
  }

  /** A name for one to be made; whoever asks deletes it in the end, named or not. */
  Path stage() {
    return staging.resolve(Long.toString(sequence.incrementAndGet()));
  }

  /** As many bytes as may be unpacked. */
  long free() throws IOException {
    FileStore store = Files.getFileStore(staging);
    return (long) (store.getUsableSpace() * (1 - RESERVE));
  }

  /** Gives a layer its name; nothing happens when someone made the same one meanwhile. */
  void publish(Path staged, String chainId, String diffId, long size) throws IOException {
    describe(staged, new Layer(FORMAT, chainId, diffId, size));
    unsynced.add(chainId);
    try {
      Files.move(staged, home(chainId), StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      if (size(chainId).isEmpty()) {
        unsynced.remove(chainId);
        throw e;
      }
    }
  }

  /** Puts a layer in the place of one that is damaged or missing; it is on the disk at the end. */
  void replace(Path staged, String chainId, String diffId, long size) throws IOException {
    describe(staged, new Layer(FORMAT, chainId, diffId, size));
    FileSystemSync.of(staged);
    if (Files.exists(home(chainId))) {
      Nodes.exchange(staged, home(chainId));
    } else {
      Files.move(staged, home(chainId), StandardCopyOption.ATOMIC_MOVE);
    }
    DurableFiles.syncDirectory(layers);
  }

  private static void describe(Path staged, Layer layer) throws IOException {
    Files.write(staged.resolve("layer.json"), JsonMapper.shared().writeValueAsBytes(layer));
  }

  /** Returns when layers are on the disk. */
  void sync(List<String> chainIds) {
    if (chainIds.stream().anyMatch(unsynced::contains)) {
      sync();
    }
  }

  /** Returns when all layers are on the disk; one call of the kernel serves them all. */
  void sync() {
    List<String> open = List.copyOf(unsynced);
    if (!open.isEmpty()) {
      FileSystemSync.of(layers);
      open.forEach(unsynced::remove);
    }
  }

  /** Bytes of all layers' files. */
  long usage() throws IOException {
    long total = 0;
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(layers)) {
      for (Path home : stream) {
        total += size(chainId(home)).orElse(0L);
      }
    }
    return total;
  }

  /** Removes every layer that is not to be kept; the bytes freed. */
  long collect(Predicate<String> keep) throws IOException {
    long freed = 0;
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(layers)) {
      for (Path home : stream) {
        String chainId = chainId(home);
        if (!keep.test(chainId)) {
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

  private static String chainId(Path home) {
    return "sha256:" + home.getFileName();
  }
}
