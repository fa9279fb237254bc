package dev.mokha.engine.snapshots;

import dev.mokha.engine.content.Digest;
import dev.mokha.engine.content.Leases;
import dev.mokha.linux.DurableFiles;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * The read-only directories of images' layers, one for each chain id. A layer is unpacked from a
 * tar ({@link #unpack}) or made here ({@code adopt}, {@link #squash}); it is made aside and gets
 * its name in one step. Whoever puts on record what needs layers calls {@link #sync} before; those
 * that nobody has on record are collected when the engine opens, so that one that has its name is
 * whole.
 */
public final class Layers {
  /** As many directories overlayfs lays over each other. */
  static final int MAX_STACK = 500;

  private final LayerDirectories directories;
  private final LayerUnpacks unpacks;

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

  Layers(Path root) throws IOException {
    directories = new LayerDirectories(root);
    unpacks = new LayerUnpacks(directories);
  }

  /** A layer's directory. */
  public Path directory(String chainId) {
    return directories.files(chainId);
  }

  /** Whether a layer is unpacked. */
  public boolean contains(String chainId) {
    return directories.contains(chainId);
  }

  /** Bytes of a layer's files; empty when it is not unpacked. */
  public Optional<Long> size(String chainId) throws IOException {
    return directories.size(chainId);
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
    return unpacks.unpack(sources, chain);
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
    Path staged = Files.createDirectories(directories.stage());
    try {
      Path files = LayerDirectories.stagedFiles(staged);
      Files.move(directory, files, StandardCopyOption.ATOMIC_MOVE);
      return keep(staged, below, clamp, lease);
    } finally {
      DurableFiles.delete(staged);
    }
  }

  /**
   * Makes a layer of a tar, compressed or not, of which nothing is trusted. What its archive is
   * later is not the same bytes, but says the same.
   */
  public Made adopt(InputStream tar, List<String> below, Leases.Lease lease) throws IOException {
    Path staged = directories.stage();
    try {
      Path files = Files.createDirectories(LayerDirectories.stagedFiles(staged));
      LayerUnpacker.Result result =
          new LayerUnpacker(files, directories.free(), done -> {}).unpack(tar);
      unpacks.lower(Snapshots.chainIds(below)).complete(result, files);
      return keep(staged, below, Optional.empty(), lease);
    } finally {
      DurableFiles.delete(staged);
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
    Path staged = directories.stage();
    try {
      Path files = Files.createDirectories(LayerDirectories.stagedFiles(staged));
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
      return keep(staged, diffIds.subList(0, keep), Optional.empty(), lease);
    } finally {
      DurableFiles.delete(staged);
    }
  }

  private Made keep(Path staged, List<String> below, Optional<Instant> clamp, Leases.Lease lease)
      throws IOException {
    Path files = LayerDirectories.stagedFiles(staged);
    Archived archived = archive(files, OutputStream.nullOutputStream(), clamp);
    List<String> diffIds = new ArrayList<>(below);
    diffIds.add(archived.diffId());
    String chainId = Snapshots.chainIds(diffIds).getLast();
    lease.add(chainId);
    if (!contains(chainId)) {
      directories.publish(staged, chainId, archived.diffId(), archived.size());
    }
    return new Made(archived.diffId(), chainId, archived.size(), archived.entries() == 0);
  }

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
    Path staged = directories.stage();
    try {
      long bytes = unpacks.unpack(source.get(), staged, chain, null);
      Optional<String> difference =
          TreeDifference.between(LayerDirectories.stagedFiles(staged), directory(chainId));
      if (difference.isEmpty() && size(chainId).isPresent()) {
        return Optional.empty();
      }
      if (repair) {
        directories.replace(staged, chainId, source.get().diffId(), bytes);
      }
      return difference.or(() -> Optional.of("its size is not on record"));
    } finally {
      DurableFiles.delete(staged);
    }
  }

  /** Bytes of all layers' files. */
  public long usage() throws IOException {
    return directories.usage();
  }

  /** Returns when layers are on the disk. */
  public void sync(List<String> chainIds) {
    directories.sync(chainIds);
  }

  /** Returns when all layers are on the disk; one call of the kernel serves them all. */
  public void sync() {
    directories.sync();
  }

  /** Removes every layer that is not named; the bytes freed. */
  public long collect(Set<String> keep) throws IOException {
    return directories.collect(chainId -> keep.contains(chainId) || unpacks.isUnderWay(chainId));
  }
}
