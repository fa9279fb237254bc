package dev.mokha.engine.build.context;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.snapshots.Decompression;
import dev.mokha.engine.snapshots.RootedTree;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * A tar, compressed or not, that is read once: all contents go into one nameless spool file, hashed
 * on their way, and the names into memory. Two names of a hard link are one node.
 */
public final class TarTree implements FileTree {
  private static final int MAX_ENTRIES = 4_000_000;
  private static final int MAX_NAME = 4096;

  /** Of the free space, what a spool leaves alone. */
  private static final double RESERVE = 0.02;

  private final FileChannel spool;
  private final Entry root = Entry.directory();
  private long length;
  private int entries;

  private TarTree(FileChannel spool) {
    this.spool = spool;
  }

  /**
   * Reads a tar to its end.
   *
   * @param directory where the spool may be
   * @throws BuildException when it is no tar, or leads out of its root
   */
  public static TarTree read(InputStream in, Path directory) throws IOException {
    FileChannel spool = SpoolSlice.nameless(directory);
    TarTree tree = new TarTree(spool);
    boolean done = false;
    try {
      long free = Files.getFileStore(directory).getUsableSpace();
      tree.fill(in, (long) (free * (1 - RESERVE)));
      done = true;
      return tree;
    } catch (IllegalArgumentException e) {
      throw new BuildException("Error processing tar file: " + e.getMessage(), e);
    } finally {
      if (!done) {
        tree.close();
      }
    }
  }

  private void fill(InputStream in, long limit) throws IOException {
    byte[] buffer = new byte[1 << 16];
    // Never closed: that would close the spool, which must outlive it.
    OutputStream out = new BufferedOutputStream(Channels.newOutputStream(spool), 1 << 18);
    try (InputStream plain = Decompression.plain(in)) {
      TarArchiveInputStream tar = new TarArchiveInputStream(plain, StandardCharsets.UTF_8.name());
      for (TarArchiveEntry entry = next(tar, -1); entry != null; ) {
        if (++entries > MAX_ENTRIES || entry.getName().length() > MAX_NAME) {
          throw new BuildException(
              "Error processing tar file: it has too many entries or too long names");
        }
        add(entry, tar, out, buffer, limit);
        entry = next(tar, tar.getBytesRead());
      }
      while (plain.read(buffer) >= 0) {
        continue; // who sends it may wait until all is taken
      }
      out.flush();
    } catch (EngineException e) {
      if (e.code() == EngineException.Code.NO_SPACE) {
        throw e;
      }
      throw new BuildException("Error processing tar file: " + e.getMessage(), e);
    }
  }

  /**
   * The next entry. A tar that ends with the last byte of its last file is whole, though it lacks
   * what a tar ends with: so Docker's command writes it when the Dockerfile comes from its input.
   *
   * @param end of the entry before
   */
  private static TarArchiveEntry next(TarArchiveInputStream tar, long end) throws IOException {
    try {
      return tar.getNextEntry();
    } catch (IOException e) {
      if (tar.getBytesRead() == end) {
        return null;
      }
      throw e;
    }
  }

  private void add(
      TarArchiveEntry entry, InputStream tar, OutputStream out, byte[] buffer, long limit)
      throws IOException {
    List<String> components = RootedTree.components(entry.getName());
    if (components.isEmpty()) {
      root.take(entry);
      return;
    }
    Entry parent = parent(components.subList(0, components.size() - 1));
    String name = components.getLast();
    if (entry.isDirectory()) {
      Entry existing = parent.children.get(name);
      if (existing == null || !existing.isDirectory()) {
        existing = Entry.directory();
        parent.children.put(name, existing);
      }
      existing.take(entry);
    } else if (entry.isLink()) {
      Entry target = existing(entry.getLinkName());
      if (target == null || target.isDirectory()) {
        throw new IllegalArgumentException("\"" + entry.getName() + "\" is a hard link to nothing");
      }
      parent.children.put(name, target);
    } else {
      Entry made = new Entry(this, Entry.status(kind(entry), entry));
      made.take(entry);
      if (made.kind() == FileNode.Kind.FILE) {
        made.offset = length;
        MessageDigest hash = Digest.newHash("sha256");
        for (int n = tar.read(buffer); n >= 0; n = tar.read(buffer)) {
          hash.update(buffer, 0, n);
          length += n;
          if (length > limit) {
            throw new EngineException(
                EngineException.Code.NO_SPACE,
                "No space left for the build context; free some or send less");
          }
          out.write(buffer, 0, n);
        }
        made.status = made.status.ofSize(length - made.offset);
        made.digest = HexFormat.of().formatHex(hash.digest());
      }
      parent.children.put(name, made);
    }
  }

  private static FileNode.Kind kind(TarArchiveEntry entry) {
    if (entry.isSymbolicLink()) {
      return FileNode.Kind.LINK;
    }
    if (entry.isFIFO()) {
      return FileNode.Kind.FIFO;
    }
    if (entry.isCharacterDevice()) {
      return FileNode.Kind.CHARACTER_DEVICE;
    }
    if (entry.isBlockDevice()) {
      return FileNode.Kind.BLOCK_DEVICE;
    }
    if (entry.isFile()) {
      return FileNode.Kind.FILE;
    }
    throw new IllegalArgumentException("\"" + entry.getName() + "\" is of no known kind");
  }

  /** The directory that entries of a path go into; links of the archive's own are followed. */
  private Entry parent(List<String> components) {
    Deque<Entry> way = new ArrayDeque<>();
    way.push(root);
    Deque<String> rest = new ArrayDeque<>(components);
    int links = 0;
    while (!rest.isEmpty()) {
      String part = rest.pop();
      if (part.equals("..")) {
        if (way.size() > 1) {
          way.pop();
        }
        continue;
      }
      Entry next = way.peek().children.get(part);
      if (next != null && next.kind() == FileNode.Kind.LINK) {
        if (++links > MAX_LINKS) {
          throw new IllegalArgumentException("too many symbolic links at \"" + part + "\"");
        }
        if (next.link().startsWith("/")) {
          way.clear();
          way.push(root);
        }
        FileTree.components(next.link()).reversed().forEach(rest::push);
        continue;
      }
      if (next == null) {
        next = Entry.directory();
        way.peek().children.put(part, next);
      } else if (!next.isDirectory()) {
        throw new IllegalArgumentException("\"" + part + "\" is not a directory");
      }
      way.push(next);
    }
    return way.peek();
  }

  private Entry existing(String name) {
    List<String> components = RootedTree.components(name);
    Entry at = root;
    for (String part : components) {
      at = at.children.get(part);
      if (at == null) {
        return null;
      }
    }
    return at;
  }

  @Override
  public FileNode root() {
    return root;
  }

  /** Bytes of all contents. */
  public long length() {
    return length;
  }

  @Override
  public void close() {
    try {
      spool.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Entry implements FileNode {
    private static final String PAX_XATTR = "SCHILY.xattr.";

    private final TarTree tree;
    private final Map<String, Entry> children;
    private Map<String, byte[]> attributes = Map.of();
    private FileStatus status;
    private String link = "";
    private long offset;
    private String digest = "";

    Entry(TarTree tree, FileStatus status) {
      this.tree = tree;
      this.children = status.kind() == Kind.DIRECTORY ? new TreeMap<>() : Map.of();
      this.status = status;
    }

    static Entry directory() {
      return new Entry(null, FileStatus.directory());
    }

    void take(TarArchiveEntry entry) {
      status = status(kind(), entry);
      link = entry.isSymbolicLink() ? entry.getLinkName() : "";
      Map<String, byte[]> found = new LinkedHashMap<>();
      entry
          .getExtraPaxHeaders()
          .forEach(
              (key, value) -> {
                // The tar reader takes values for UTF-8: one that is not would come out wrong.
                if (key.startsWith(PAX_XATTR) && value.indexOf('\uFFFD') < 0) {
                  String name = key.substring(PAX_XATTR.length());
                  found.put(
                      name,
                      value.getBytes(
                          name.equals("security.capability")
                              ? StandardCharsets.ISO_8859_1
                              : StandardCharsets.UTF_8));
                }
              });
      attributes = found;
    }

    private static FileStatus status(Kind kind, TarArchiveEntry entry) {
      return new FileStatus(
          kind,
          entry.getMode() & 07777,
          entry.getLongUserId(),
          entry.getLongGroupId(),
          0,
          entry.getLastModifiedTime().toInstant(),
          entry.getDevMajor(),
          entry.getDevMinor());
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
      return new SpoolSlice(tree.spool, offset, size());
    }

    @Override
    public String digest() {
      return digest;
    }
  }
}
