package dev.mokha.engine.build.context;

import static java.util.Objects.requireNonNull;

import dev.mokha.linux.Xattrs;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** A directory of this machine, looked at when asked; each of its directories is listed once. */
public final class DirectoryTree implements FileTree {
  private static final int TYPE = 0170000;

  private final DigestIndex digests;
  private final boolean owners;
  private final FileNode root;

  /**
   * A directory.
   *
   * @param owners whether files keep their owners and extended attributes: those of a stage do,
   *     those of a user's directory belong to root
   */
  public DirectoryTree(Path directory, DigestIndex digests, boolean owners) throws IOException {
    this.digests = requireNonNull(digests);
    this.owners = owners;
    this.root = new Entry(directory);
  }

  @Override
  public FileNode root() {
    return root;
  }

  private final class Entry implements FileNode {
    private final Path path;
    private final FileStatus status;
    private Map<String, FileNode> children;

    Entry(Path path) throws IOException {
      this.path = path;
      Map<String, Object> is =
          Files.readAttributes(
              path, "unix:mode,uid,gid,size,lastModifiedTime,rdev", LinkOption.NOFOLLOW_LINKS);
      int bits = (Integer) is.get("mode");
      Kind kind =
          switch (bits & TYPE) {
            case 0040000 -> Kind.DIRECTORY;
            case 0120000 -> Kind.LINK;
            case 0010000 -> Kind.FIFO;
            case 0020000 -> Kind.CHARACTER_DEVICE;
            case 0060000 -> Kind.BLOCK_DEVICE;
            default -> Kind.FILE;
          };
      long device = ((Number) is.get("rdev")).longValue();
      status =
          new FileStatus(
              kind,
              bits & 07777,
              owners ? (Integer) is.get("uid") : 0,
              owners ? (Integer) is.get("gid") : 0,
              kind == Kind.FILE ? ((Number) is.get("size")).longValue() : 0,
              ((FileTime) is.get("lastModifiedTime")).toInstant(),
              (int) (device >> 8 & 0xfff),
              (int) (device & 0xff | device >> 12 & 0xfff00));
    }

    @Override
    public FileStatus status() {
      return status;
    }

    @Override
    public String link() {
      if (kind() != Kind.LINK) {
        return "";
      }
      try {
        return Files.readSymbolicLink(path).toString();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public Map<String, byte[]> attributes() {
      if (!owners || kind() == Kind.LINK) {
        return Map.of();
      }
      Map<String, byte[]> found = new LinkedHashMap<>();
      for (String name : Xattrs.list(path)) {
        if (name.equals("security.capability")
            || name.startsWith("user.") && !name.startsWith("user.overlay.")) {
          Xattrs.get(path, name).ifPresent(value -> found.put(name, value));
        }
      }
      return found;
    }

    @Override
    public synchronized Map<String, FileNode> children() throws IOException {
      if (kind() != Kind.DIRECTORY) {
        return Map.of();
      }
      if (children == null) {
        Map<String, FileNode> found = new TreeMap<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(path)) {
          for (Path child : stream) {
            found.put(child.getFileName().toString(), new Entry(child));
          }
        }
        children = found;
      }
      return children;
    }

    @Override
    public InputStream open() throws IOException {
      return Files.newInputStream(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public String digest() throws IOException {
      return digests.digest(path);
    }
  }
}
