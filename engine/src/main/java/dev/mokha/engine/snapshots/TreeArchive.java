package dev.mokha.engine.snapshots;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.Digest;
import dev.mokha.linux.Nodes;
import dev.mokha.linux.Xattrs;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongUnaryOperator;

/**
 * Writes directories as a tar. The bytes are a function of the files: sorted by name, times in
 * whole seconds, no names of users, nothing of the machine. So a layer's directory is as good as
 * its archive, and its digest can be had again at any time.
 *
 * <pre>{@code
 * TreeArchive archive = new TreeArchive(out, TreeArchive.Form.LAYER);
 * archive.addContents(directory, "");
 * archive.finish();
 * }</pre>
 *
 * <p>In form LAYER, overlayfs' marks become those of the OCI image spec, section layers: a
 * character device 0:0 becomes {@code .wh.NAME}, an opaque directory gets {@code .wh..wh..opq}.
 * Sockets are left out. Files may be written to meanwhile; then the archive has some state of each.
 */
public final class TreeArchive {
  private static final String WHITEOUT = ".wh.";
  private static final String OPAQUE = ".wh..wh..opq";
  private static final String OPAQUE_MARK = "trusted.overlay.opaque";
  private static final String ATTRIBUTES =
      "unix:mode,uid,gid,nlink,rdev,size,lastModifiedTime,ino,dev";
  private static final int TYPE = 0170000;

  private final OutputStream out;
  private final Form form;
  private final Optional<Instant> clamp;
  private final Map<Inode, String> linked = new HashMap<>();
  private final byte[] buffer = new byte[1 << 17];
  private long bytes;
  private long entries;
  private long length;
  private boolean measuring;
  private LongUnaryOperator users = LongUnaryOperator.identity();
  private LongUnaryOperator groups = LongUnaryOperator.identity();
  private Consumer<String> onEntry = name -> {};

  /** What the tar is for. */
  public enum Form {
    /** An image's layer. */
    LAYER,
    /** A root file system or a part of one, for other programs. */
    PLAIN
  }

  private record Inode(long device, long number) {}

  /** An archive; the stream is not closed. */
  public TreeArchive(OutputStream out, Form form) {
    this(out, form, Optional.empty());
  }

  /**
   * One that also sets the times of the files it reads.
   *
   * @param clamp what is younger gets that time, in the directory too
   */
  TreeArchive(OutputStream out, Form form, Optional<Instant> clamp) {
    this.out = requireNonNull(out);
    this.form = requireNonNull(form);
    this.clamp = requireNonNull(clamp);
  }

  /**
   * Has owners written as others than they are on the disk.
   *
   * @param users for each user on the disk who is written
   * @param groups the same for groups
   */
  public TreeArchive mapped(LongUnaryOperator users, LongUnaryOperator groups) {
    this.users = requireNonNull(users);
    this.groups = requireNonNull(groups);
    return this;
  }

  /** How long a layer's archive is, in bytes; reads no file. */
  static long measure(Path directory) throws IOException {
    TreeArchive archive = new TreeArchive(OutputStream.nullOutputStream(), Form.LAYER);
    archive.measuring = true;
    archive.addContents(directory, "");
    return archive.length + 2 * TarHeader.BLOCK_SIZE;
  }

  /**
   * A digest of each entry of a directory in overlayfs' form, attributes and content, by name.
   * Directories of equal digests show the same.
   */
  static SortedMap<String, String> digests(Path directory) throws IOException {
    SortedMap<String, String> digests = new TreeMap<>();
    MessageDigest hash = Digest.newHash("sha256");
    String[] current = {""};
    TreeArchive archive =
        new TreeArchive(new DigestOutputStream(OutputStream.nullOutputStream(), hash), Form.LAYER);
    archive.onEntry =
        next -> {
          digests.put(current[0], Digest.finish("sha256", hash.digest()).hex());
          current[0] = next;
        };
    archive.addContents(directory, "");
    archive.onEntry.accept("");
    digests.remove("");
    return digests;
  }

  /** Bytes of the files that were added; hard links count once. */
  public long bytes() {
    return bytes;
  }

  /** How many entries were added. */
  public long entries() {
    return entries;
  }

  /**
   * Adds what is in a directory, but not the directory itself.
   *
   * @param name the directory's in the archive; empty for its root
   */
  public void addContents(Path directory, String name) throws IOException {
    String prefix = name.isEmpty() ? "" : name + "/";
    List<String> children = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(path -> children.add(path.getFileName().toString()));
    }
    children.sort(null);
    for (String child : children) {
      add(directory.resolve(child), prefix + child);
    }
  }

  /** Adds a file, or a directory with all that is in it, under a name. */
  public void add(Path path, String name) throws IOException {
    Map<String, Object> is;
    try {
      is = Files.readAttributes(path, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException gone) {
      return; // a running container removed it
    }
    int mode = (int) is.get("mode");
    long device = ((Number) is.get("rdev")).longValue();
    if (form == Form.LAYER && (mode & TYPE) == Nodes.CHARACTER && device == 0) {
      addMark(path.getFileName().toString(), name, WHITEOUT);
      return;
    }
    if (form == Form.LAYER && path.getFileName().toString().startsWith(WHITEOUT)) {
      throw new EngineException(
          EngineException.Code.INVALID,
          "A file called \""
              + name
              + "\" can't be in an image: names that begin with .wh. mean removed files");
    }
    switch (mode & TYPE) {
      case 0040000 -> {
        put(entry(path, name + "/", TarHeader.DIRECTORY, is, 0, ""));
        if (form == Form.LAYER && isOpaque(path)) {
          put(mark(name + "/" + OPAQUE));
        }
        addContents(path, name);
      }
      case 0100000 -> addFile(path, name, is);
      case 0120000 ->
          put(
              entry(
                  path,
                  name,
                  TarHeader.SYMBOLIC_LINK,
                  is,
                  0,
                  Files.readSymbolicLink(path).toString()));
      case 0020000 -> put(entry(path, name, TarHeader.CHARACTER, is, 0, ""));
      case 0060000 -> put(entry(path, name, TarHeader.BLOCK, is, 0, ""));
      case 0010000 -> put(entry(path, name, TarHeader.FIFO, is, 0, ""));
      default -> {} // a socket means something only to the process that listens
    }
  }

  private void addMark(String title, String name, String mark) throws IOException {
    put(mark(name.substring(0, name.length() - title.length()) + mark + title));
  }

  private static TarHeader mark(String name) {
    return new TarHeader(name, TarHeader.FILE, 0600, 0, 0, 0, 0, "", 0, 0, Map.of());
  }

  private void addFile(Path path, String name, Map<String, Object> is) throws IOException {
    long size = (long) is.get("size");
    if ((int) is.get("nlink") > 1) {
      Inode inode = new Inode(((Number) is.get("dev")).longValue(), (long) is.get("ino"));
      String first = linked.putIfAbsent(inode, name);
      if (first != null) {
        put(entry(path, name, TarHeader.HARD_LINK, is, 0, first));
        return;
      }
    }
    if (measuring) {
      put(entry(path, name, TarHeader.FILE, is, size, ""));
      length += Math.ceilDiv(size, TarHeader.BLOCK_SIZE) * TarHeader.BLOCK_SIZE;
      return;
    }
    try (InputStream in = Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS)) {
      put(entry(path, name, TarHeader.FILE, is, size, ""));
      long left = size;
      while (left > 0) {
        int n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (n < 0) {
          Arrays.fill(buffer, (byte) 0); // it was cut meanwhile
          n = (int) Math.min(buffer.length, left);
        }
        out.write(buffer, 0, n);
        left -= n;
      }
    }
    TarHeader.pad(out, size);
    bytes += size;
  }

  private void put(TarHeader header) throws IOException {
    onEntry.accept(header.name());
    length += header.write(out);
    entries++;
  }

  private TarHeader entry(
      Path path, String name, byte type, Map<String, Object> is, long size, String link) {
    long rdev = ((Number) is.get("rdev")).longValue();
    return new TarHeader(
        name,
        type,
        (int) is.get("mode") & 07777,
        users.applyAsLong(Integer.toUnsignedLong((int) is.get("uid"))),
        groups.applyAsLong(Integer.toUnsignedLong((int) is.get("gid"))),
        size,
        time(path, (FileTime) is.get("lastModifiedTime")),
        link,
        (int) ((rdev >> 8) & 0xfff),
        (int) ((rdev & 0xff) | ((rdev >> 12) & 0xfff00)),
        type == TarHeader.HARD_LINK ? Map.of() : attributes(path));
  }

  private long time(Path path, FileTime modified) {
    Instant at = modified.toInstant();
    if (clamp.isPresent() && at.isAfter(clamp.get())) {
      Nodes.times(path, clamp.get().getEpochSecond(), 0);
      return clamp.get().getEpochSecond();
    }
    return at.getEpochSecond();
  }

  /** What of a file's attributes belongs to the file, and not to the machine it is on. */
  private static Map<String, byte[]> attributes(Path path) {
    List<String> names = Xattrs.list(path);
    if (names.isEmpty()) {
      return Map.of();
    }
    Map<String, byte[]> found = new TreeMap<>();
    for (String name : names) {
      boolean own =
          name.equals("security.capability")
              || name.startsWith("system.posix_acl_")
              || name.startsWith("user.") && !name.startsWith("user.overlay.");
      if (own) {
        Xattrs.get(path, name).ifPresent(value -> found.put(name, value));
      }
    }
    return found;
  }

  /** Whether overlayfs shows nothing of the layers below in a directory. */
  public static boolean isOpaque(Path directory) {
    return Xattrs.get(directory, OPAQUE_MARK)
        .map(value -> new String(value, StandardCharsets.US_ASCII).equals("y"))
        .orElse(false);
  }

  /** Writes the end. */
  public void finish() throws IOException {
    out.write(new byte[2 * TarHeader.BLOCK_SIZE]);
    out.flush();
  }
}
