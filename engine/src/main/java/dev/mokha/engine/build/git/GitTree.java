package dev.mokha.engine.build.git;

import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.context.FileNode;
import dev.mokha.engine.build.context.FileStatus;
import dev.mokha.engine.content.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.treewalk.CanonicalTreeParser;

/**
 * The files of a tree in a repository's object database. They belong to root and are as old as the
 * commit; a link is its text, so that it can lead nowhere but inside.
 */
final class GitTree implements FileNode {
  private static final int LONGEST_LINK = 4096;

  private final Source source;
  private final ObjectId tree;
  private final String path;
  private final FileStatus status;
  private Map<String, FileNode> children;

  /** Finds the files of a submodule. */
  @FunctionalInterface
  interface Submodules {
    /** Has none: they are empty directories. */
    Submodules NONE = (path, commit) -> Optional.empty();

    /**
     * A submodule's files; empty for an empty directory.
     *
     * @param path where it is in the repository
     * @param commit that is meant
     */
    Optional<FileNode> at(String path, String commit) throws IOException;
  }

  /** What all nodes of a tree share. */
  record Source(Repository repository, Instant time, Submodules submodules) {}

  GitTree(Source source, ObjectId tree, String path) {
    this.source = source;
    this.tree = tree;
    this.path = path;
    this.status = new FileStatus(Kind.DIRECTORY, 0755, 0, 0, 0, source.time(), 0, 0);
  }

  @Override
  public FileStatus status() {
    return status;
  }

  @Override
  public synchronized Map<String, FileNode> children() throws IOException {
    if (children == null) {
      children = Collections.unmodifiableMap(read());
    }
    return children;
  }

  private Map<String, FileNode> read() throws IOException {
    Map<String, FileNode> found = new TreeMap<>();
    try (ObjectReader reader = source.repository().newObjectReader()) {
      CanonicalTreeParser parser = new CanonicalTreeParser();
      for (parser.reset(reader, tree); !parser.eof(); parser.next()) {
        String name = checked(parser.getEntryPathString());
        ObjectId id = parser.getEntryObjectId();
        String below = path.isEmpty() ? name : path + "/" + name;
        FileMode mode = parser.getEntryFileMode();
        FileNode node;
        if (mode == FileMode.TREE) {
          node = new GitTree(source, id, below);
        } else if (mode == FileMode.GITLINK) {
          FileNode empty = new Empty(source.time());
          node = source.submodules().at(below, id.name()).orElse(empty);
        } else if (mode == FileMode.SYMLINK) {
          node = new Link(target(reader, id, below), source.time());
        } else {
          int bits = mode == FileMode.EXECUTABLE_FILE ? 0755 : 0644;
          node = new Blob(source, id, bits, reader.getObjectSize(id, Constants.OBJ_BLOB));
        }
        found.put(name, node);
      }
    }
    return found;
  }

  private static String target(ObjectReader reader, ObjectId id, String path) throws IOException {
    byte[] bytes = new byte[0];
    if (reader.getObjectSize(id, Constants.OBJ_BLOB) <= LONGEST_LINK) {
      bytes = reader.open(id, Constants.OBJ_BLOB).getBytes();
    }
    String target = new String(bytes, StandardCharsets.UTF_8);
    if (target.isEmpty() || target.indexOf('\0') >= 0) {
      throw new BuildException("the git repository's link /" + path + " leads to no possible path");
    }
    return target;
  }

  /** A tree object can say anything; a name must be one name. */
  private String checked(String name) {
    if (name.isEmpty()
        || name.equals(".")
        || name.equals("..")
        || name.equalsIgnoreCase(Constants.DOT_GIT)
        || name.indexOf('/') >= 0
        || name.indexOf('\0') >= 0) {
      throw new BuildException(
          "the git repository has a file with the forbidden name \"" + name + "\" in /" + path);
    }
    return name;
  }

  private record Empty(Instant time) implements FileNode {
    @Override
    public FileStatus status() {
      return new FileStatus(Kind.DIRECTORY, 0755, 0, 0, 0, time, 0, 0);
    }
  }

  private static final class Link implements FileNode {
    private final String target;
    private final FileStatus status;

    Link(String target, Instant time) {
      this.target = target;
      this.status = new FileStatus(Kind.LINK, 0777, 0, 0, 0, time, 0, 0);
    }

    @Override
    public FileStatus status() {
      return status;
    }

    @Override
    public String link() {
      return target;
    }
  }

  private static final class Blob implements FileNode {
    private final Source source;
    private final ObjectId id;
    private final FileStatus status;
    private String digest;

    Blob(Source source, ObjectId id, int mode, long size) {
      this.source = source;
      this.id = id;
      this.status = new FileStatus(Kind.FILE, mode, 0, 0, size, source.time(), 0, 0);
    }

    @Override
    public FileStatus status() {
      return status;
    }

    @Override
    public InputStream open() throws IOException {
      return source.repository().open(id, Constants.OBJ_BLOB).openStream();
    }

    @Override
    public synchronized String digest() throws IOException {
      if (digest == null) {
        MessageDigest hash = Digest.newHash("sha256");
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = open()) {
          for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            hash.update(buffer, 0, n);
          }
        } catch (UncheckedIOException e) {
          throw e.getCause();
        }
        digest = HexFormat.of().formatHex(hash.digest());
      }
      return digest;
    }
  }
}
