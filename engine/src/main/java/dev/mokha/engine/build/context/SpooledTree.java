package dev.mokha.engine.build.context;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.content.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A tree that somebody else sends, file by file: names first, contents as they come, of several
 * files at once. Contents go into one nameless spool and are hashed on their way. Of what is sent
 * nothing is trusted.
 *
 * <pre>{@code
 * SpooledTree tree = SpooledTree.in(scratch);
 * tree.add("src", directory, "", Map.of());
 * SpooledTree.Content file = tree.add("src/a.txt", status, "", Map.of());
 * file.write(bytes);
 * file.end();
 * }</pre>
 *
 * <p>Filled by one thread; may be read by several when that is done.
 */
public final class SpooledTree implements FileTree {
  private static final int MAX_ENTRIES = 4_000_000;
  private static final int MAX_NAME = 4096;

  /** Of the free space, what a spool leaves alone. */
  private static final double RESERVE = 0.02;

  private final FileChannel spool;
  private final long limit;
  private final Node root = new Node(FileStatus.directory(), "", Map.of(), 0);
  private long reserved;
  private int entries;

  private SpooledTree(FileChannel spool, long limit) {
    this.spool = spool;
    this.limit = limit;
  }

  /** An empty tree whose spool is in a directory. */
  public static SpooledTree in(Path directory) throws IOException {
    long free = Files.getFileStore(directory).getUsableSpace();
    return new SpooledTree(SpoolSlice.nameless(directory), (long) (free * (1 - RESERVE)));
  }

  /** Takes a file's content. */
  public interface Content {
    /** The next of it. */
    void write(ByteBuffer bytes) throws IOException;

    /** There is no more. */
    void end();
  }

  /**
   * Adds a file; its directory must be there already.
   *
   * @param path relative, without {@code .} and {@code ..}
   * @param status what is known of it; of a file, its size bounds its content
   * @param link where a link leads; empty for others
   * @return where a file's content goes; of others, which have none, to be ignored
   * @throws BuildException when that can't be
   */
  public Content add(String path, FileStatus status, String link, Map<String, byte[]> attributes) {
    List<String> parts = checked(path);
    Node parent = root;
    for (String part : parts.subList(0, parts.size() - 1)) {
      parent = parent.children.get(part);
      if (parent == null || !parent.isDirectory()) {
        throw refused(path, "comes before its directory");
      }
    }
    if (status.size() < 0 || status.size() > limit - reserved) {
      throw new EngineException(
          EngineException.Code.NO_SPACE,
          "No space left for the build context; free some or send less");
    }
    Node made = new Node(status, link, attributes, reserved);
    if (status.kind() == FileNode.Kind.FILE) {
      reserved += status.size();
    }
    if (parent.children.putIfAbsent(parts.getLast(), made) != null) {
      throw refused(path, "was sent twice");
    }
    return made;
  }

  /** Adds one more name of a file that was added. */
  public void addLink(String path, String existing) {
    List<String> parts = checked(path);
    Node target = node(checked(existing));
    Node parent = node(parts.subList(0, parts.size() - 1));
    if (target == null || target.isDirectory() || parent == null || !parent.isDirectory()) {
      throw refused(path, "is a hard link to nothing");
    }
    if (parent.children.putIfAbsent(parts.getLast(), target) != null) {
      throw refused(path, "was sent twice");
    }
  }

  private Node node(List<String> parts) {
    Node at = root;
    for (String part : parts) {
      at = at == null ? null : at.children.get(part);
    }
    return at;
  }

  private List<String> checked(String path) {
    if (++entries > MAX_ENTRIES || path.length() > MAX_NAME) {
      throw new BuildException("the build context has too many files or too long names");
    }
    List<String> parts = List.of(path.split("/", -1));
    for (String part : parts) {
      if (part.isEmpty() || part.equals(".") || part.equals("..") || part.indexOf('\0') >= 0) {
        throw refused(path, "is no path in it");
      }
    }
    return parts;
  }

  private static BuildException refused(String path, String why) {
    return new BuildException("the build context is refused: \"" + path + "\" " + why);
  }

  @Override
  public FileNode root() {
    return root;
  }

  @Override
  public void close() {
    try {
      spool.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private final class Node implements FileNode, Content {
    private final Map<String, Node> children;
    private final Map<String, byte[]> attributes;
    private final String link;
    private final long offset;
    private FileStatus status;
    private MessageDigest hash;
    private long length;
    private String digest = "";

    Node(FileStatus status, String link, Map<String, byte[]> attributes, long offset) {
      this.status = status;
      this.link = link;
      this.attributes = Map.copyOf(attributes);
      this.offset = offset;
      this.children = status.kind() == Kind.DIRECTORY ? new TreeMap<>() : Map.of();
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
      if (length + bytes.remaining() > status.size()) {
        throw new BuildException("a file of the build context grew while it was sent; try again");
      }
      hash().update(bytes.duplicate());
      while (bytes.hasRemaining()) {
        length += spool.write(bytes, offset + length);
      }
    }

    private MessageDigest hash() {
      if (hash == null) {
        hash = Digest.newHash("sha256");
      }
      return hash;
    }

    @Override
    public void end() {
      digest = HexFormat.of().formatHex(hash().digest());
      status = status.ofSize(length);
      hash = null;
    }

    @Override
    public FileStatus status() {
      return status;
    }

    @Override
    public String link() {
      return link;
    }

    @Override
    public Map<String, byte[]> attributes() {
      return attributes;
    }

    @Override
    public Map<String, FileNode> children() {
      return Collections.unmodifiableMap(children);
    }

    @Override
    public InputStream open() {
      return new SpoolSlice(spool, offset, size());
    }

    @Override
    public String digest() {
      return digest;
    }
  }
}
