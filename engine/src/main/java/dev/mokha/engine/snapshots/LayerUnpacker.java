package dev.mokha.engine.snapshots;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.Digest;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.Errno;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.Nodes;
import dev.mokha.linux.Xattrs;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns one layer's tar into a directory that overlayfs can use as a lower one (OCI image spec,
 * section layers): a whiteout {@code .wh.NAME} becomes the character device 0:0 called NAME, and
 * {@code .wh..wh..opq} the attribute {@code trusted.overlay.opaque} of its directory.
 *
 * <p>A layer is unpacked without those below it, so that layers unpack side by side. What needs
 * them is left to {@link Result#implied} and {@link Result#borrowed}.
 */
final class LayerUnpacker {
  private static final Logger log = LoggerFactory.getLogger(LayerUnpacker.class);

  /** struct vfs_cap_data of versions 1, 2 and 3 (capabilities(7)). */
  private static final Set<Integer> CAPABILITY_LENGTHS = Set.of(12, 20, 24);

  private static final String WHITEOUT = ".wh.";
  private static final String OPAQUE = ".wh..wh..opq";
  private static final String PAX_XATTR = "SCHILY.xattr.";
  private static final int MAX_ENTRIES = 4_000_000;
  private static final int MAX_NAME = 4096;

  private final Path directory;
  private final RootedTree tree;
  private final LongConsumer progress;
  private final long maxBytes;
  private final Set<Path> implied = new LinkedHashSet<>();
  private final Map<Path, String> borrowed = new LinkedHashMap<>();
  private final Map<Path, TarArchiveEntry> directories = new LinkedHashMap<>();
  private final Set<Path> written = new HashSet<>();
  private final byte[] buffer = new byte[1 << 16];
  private long size;

  /**
   * What came of it.
   *
   * @param diffId digest of the plain tar
   * @param size bytes of its files
   * @param implied directories the tar did not name: they take the attributes of the layer below
   * @param borrowed hard links to files of a layer below, by the path inside that they lead to
   */
  record Result(Digest diffId, long size, Set<Path> implied, Map<Path, String> borrowed) {}

  /**
   * Unpacks into an empty directory.
   *
   * @param maxBytes more than that is refused
   * @param progress hears how many compressed bytes were read
   */
  LayerUnpacker(Path directory, long maxBytes, LongConsumer progress) {
    this.directory = directory;
    this.maxBytes = maxBytes;
    this.progress = progress;
    this.tree = new RootedTree(directory, implied::add);
  }

  Result unpack(InputStream compressed) throws IOException {
    return unpack(compressed, Optional.empty());
  }

  /**
   * Unpacks into an empty directory.
   *
   * @param known the tar's digest, when it is known already
   */
  Result unpack(InputStream compressed, Optional<String> known) throws IOException {
    MessageDigest hash = Digest.newHash("sha256");
    InputStream counted = Decompression.plain(new CountingStream(compressed, progress));
    try (InputStream plain = known.isPresent() ? counted : new DigestInputStream(counted, hash);
        TarArchiveInputStream tar =
            new TarArchiveInputStream(plain, StandardCharsets.UTF_8.name())) {
      int entries = 0;
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (++entries > MAX_ENTRIES || entry.getName().length() > MAX_NAME) {
          throw refused("it has too many entries or too long names");
        }
        add(entry, tar);
      }
      // The digest covers the padding after the end mark too.
      while (plain.read(buffer) >= 0) {
        continue;
      }
      List<Map.Entry<Path, TarArchiveEntry>> order = new ArrayList<>(directories.entrySet());
      for (Map.Entry<Path, TarArchiveEntry> entry : order.reversed()) {
        if (Files.isDirectory(entry.getKey(), LinkOption.NOFOLLOW_LINKS)) {
          setTimes(entry.getKey(), entry.getValue());
        }
      }
      implied.removeAll(directories.keySet());
      Digest diffId =
          known.map(Digest::parse).orElseGet(() -> Digest.finish("sha256", hash.digest()));
      return new Result(diffId, size, implied, borrowed);
    } catch (IllegalArgumentException e) {
      throw refused("it is not a valid tar (" + e.getMessage() + ")");
    }
  }

  private static EngineException refused(String why) {
    return new EngineException(
        EngineException.Code.CORRUPT, "A layer of the image is refused: " + why);
  }

  private void add(TarArchiveEntry entry, TarArchiveInputStream tar) throws IOException {
    List<String> components = RootedTree.components(entry.getName());
    if (components.isEmpty()) {
      if (entry.isDirectory()) {
        setAttributes(directory, entry);
        directories.put(directory, entry);
      }
      return;
    }
    String name = components.getLast();
    Path path = tree.place(components);
    if (name.startsWith(WHITEOUT)) {
      addWhiteout(path, name);
      return;
    }
    boolean existed = Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    if (existed && !(entry.isDirectory() && Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))) {
      DurableFiles.delete(path);
      tree.changed();
      existed = false;
    }
    written.add(path);
    if (entry.isDirectory()) {
      if (!existed) {
        Files.createDirectory(path);
      }
      setAttributes(path, entry);
      directories.put(path, entry);
    } else if (entry.isSymbolicLink()) {
      tree.changed();
      Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
      Nodes.owner(path, entry.getLongUserId(), entry.getLongGroupId());
      setTimes(path, entry);
    } else if (entry.isLink()) {
      addHardLink(path, entry);
    } else if (entry.isFIFO()) {
      Nodes.fifo(path, entry.getMode() & 07777);
      setAttributes(path, entry);
      setTimes(path, entry);
    } else if (entry.isCharacterDevice() || entry.isBlockDevice()) {
      Nodes.device(
          path,
          entry.isBlockDevice() ? Nodes.BLOCK : Nodes.CHARACTER,
          entry.getDevMajor(),
          entry.getDevMinor(),
          entry.getMode() & 07777);
      setAttributes(path, entry);
      setTimes(path, entry);
    } else if (entry.isFile()) {
      writeFile(path, entry, tar);
      setAttributes(path, entry);
      setTimes(path, entry);
    } else {
      throw refused("its entry \"" + entry.getName() + "\" is of no known kind");
    }
  }

  private void addWhiteout(Path path, String name) throws IOException {
    if (name.equals(OPAQUE)) {
      Xattrs.set(
          path.getParent(), "trusted.overlay.opaque", "y".getBytes(StandardCharsets.US_ASCII));
      return;
    }
    if (name.startsWith(WHITEOUT + WHITEOUT)) {
      return; // aufs' own bookkeeping (.wh..wh.plnk and such)
    }
    String hidden = name.substring(WHITEOUT.length());
    if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) {
      throw refused("it hides a file without a name");
    }
    Path target = path.resolveSibling(hidden);
    if (written.contains(target)) {
      return; // a whiteout speaks of the layers below, never of its own
    }
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      Nodes.device(target, Nodes.CHARACTER, 0, 0, 0);
    }
  }

  private void addHardLink(Path path, TarArchiveEntry entry) throws IOException {
    List<String> target = RootedTree.components(entry.getLinkName());
    if (target.isEmpty()) {
      throw refused("its entry \"" + entry.getName() + "\" is a hard link to the root");
    }
    Path existing =
        new RootedTree(directory).find(String.join("/", target.subList(0, target.size() - 1)));
    Path source = existing == null ? null : existing.resolve(target.getLast());
    if (source != null
        && Files.exists(source, LinkOption.NOFOLLOW_LINKS)
        && !Files.isDirectory(source, LinkOption.NOFOLLOW_LINKS)) {
      Files.createLink(path, source);
    } else {
      borrowed.put(path, String.join("/", target));
    }
  }

  private void writeFile(Path path, TarArchiveEntry entry, InputStream in) throws IOException {
    if (size + entry.getRealSize() > maxBytes) {
      throw new EngineException(
          EngineException.Code.NO_SPACE,
          "No space left to unpack a layer: it needs more than the "
              + maxBytes / (1 << 20)
              + " MiB that are free");
    }
    try (OutputStream out =
        Files.newOutputStream(
            path,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            LinkOption.NOFOLLOW_LINKS)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        out.write(buffer, 0, n);
        size += n;
      }
    }
  }

  private static void setAttributes(Path path, TarArchiveEntry entry) {
    // In this order: chown clears the set-id bits and the capabilities.
    if (entry.getLongUserId() != 0 || entry.getLongGroupId() != 0) {
      Nodes.owner(path, entry.getLongUserId(), entry.getLongGroupId());
    }
    Nodes.mode(path, entry.getMode() & 07777);
    entry
        .getExtraPaxHeaders()
        .forEach(
            (key, value) -> {
              if (key.startsWith(PAX_XATTR)) {
                setXattr(path, key.substring(PAX_XATTR.length()), value);
              }
            });
  }

  private static void setXattr(Path path, String name, String value) {
    // An image must not speak to overlayfs itself: a redirect could show any directory.
    if (name.startsWith("trusted.") || name.startsWith("user.overlay.")) {
      return;
    }
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    if (name.equals("security.capability")) {
      // The tar reader takes attributes for UTF-8. Where that lost bits, no capability is better
      // than a wrong one.
      bytes = value.getBytes(StandardCharsets.ISO_8859_1);
      if (value.indexOf('\uFFFD') >= 0 || !CAPABILITY_LENGTHS.contains(bytes.length)) {
        log.warn("The file capabilities of {} can't be read and are left out", path.getFileName());
        return;
      }
    }
    try {
      Xattrs.set(path, name, bytes);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EOPNOTSUPP && e.errno() != Errno.EPERM) {
        throw e;
      }
      log.debug("{} is left out: {}", name, e.getMessage());
    }
  }

  private static void setTimes(Path path, TarArchiveEntry entry) {
    Instant at = entry.getLastModifiedTime().toInstant();
    Nodes.times(path, at.getEpochSecond(), at.getNano());
  }

  /** Whether a directory has no entries. */
  static boolean isEmpty(Path directory) throws IOException {
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      return !stream.iterator().hasNext();
    }
  }

  private static final class CountingStream extends FilterInputStream {
    private final LongConsumer progress;
    private long count;

    CountingStream(InputStream in, LongConsumer progress) {
      super(in);
      this.progress = progress;
    }

    @Override
    public int read() throws IOException {
      int b = super.read();
      if (b >= 0) {
        count++;
      }
      return b;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int n = super.read(bytes, offset, length);
      if (n > 0) {
        count += n;
        progress.accept(count);
      }
      return n;
    }
  }
}
