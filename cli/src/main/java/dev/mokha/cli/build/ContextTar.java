package dev.mokha.cli.build;

import dev.mokha.cli.UserError;
import dev.mokha.engine.build.context.DigestIndex;
import dev.mokha.engine.build.context.DirectoryTree;
import dev.mokha.engine.build.context.FileNode;
import dev.mokha.engine.build.context.FileTree;
import dev.mokha.engine.build.context.FilteredTree;
import dev.mokha.engine.build.context.IgnoreRules;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** Makes the tar that is sent, while it is sent. */
final class ContextTar {
  private static final int PIPE = 1 << 18;
  private static final int LOOK = 512;

  private ContextTar() {}

  /**
   * The files of a directory, without what its .dockerignore names.
   *
   * @param dockerfile the Dockerfile's path in the directory
   * @param given another Dockerfile, that is sent under that path; null for none
   */
  static InputStream of(Path directory, String dockerfile, byte[] given) throws IOException {
    FileTree tree = new DirectoryTree(directory, DigestIndex.inMemory(), false);
    String text = rules(directory, dockerfile);
    IgnoreRules rules = IgnoreRules.parse(text);
    // Like docker, send these though they are ignored: the engine reads them and hides them.
    IgnoreRules sent =
        IgnoreRules.parse(
            text + "\n!" + dockerfile + "\n!.dockerignore\n!" + dockerfile + ".dockerignore\n");
    FileTree files = rules.isEmpty() ? tree : new FilteredTree(tree, sent);
    PipedInputStream in = new PipedInputStream(PIPE);
    PipedOutputStream out = new PipedOutputStream(in);
    Thread.ofPlatform()
        .daemon()
        .name("context")
        .start(
            () -> {
              try (out;
                  TarArchiveOutputStream tar = tar(out)) {
                add(tar, "", files.root());
                if (given != null) {
                  add(tar, dockerfile, given);
                }
              } catch (IOException e) {
                // The engine has stopped reading; it says why.
              }
            });
    return in;
  }

  private static String rules(Path directory, String dockerfile) throws IOException {
    for (String name : new String[] {dockerfile + ".dockerignore", ".dockerignore"}) {
      Path file = directory.resolve(name);
      if (Files.isRegularFile(file)) {
        return Files.readString(file);
      }
    }
    return "";
  }

  /** What comes by standard input: a tar, or a Dockerfile alone. */
  static InputStream ofStream(InputStream stream, String dockerfile) throws IOException {
    BufferedInputStream in = new BufferedInputStream(stream, PIPE);
    in.mark(LOOK);
    byte[] head = in.readNBytes(LOOK);
    in.reset();
    boolean text = true;
    for (byte b : head) {
      text &= b == '\n' || b == '\r' || b == '\t' || b < 0 || b >= ' ';
    }
    if (head.length == 0) {
      throw new UserError("nothing came by standard input; pipe a tar or a Dockerfile into it");
    }
    if (!text) {
      return in;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = tar(bytes)) {
      add(tar, dockerfile, in.readAllBytes());
    }
    return new ByteArrayInputStream(bytes.toByteArray());
  }

  private static TarArchiveOutputStream tar(OutputStream out) {
    TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8");
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    tar.setAddPaxHeadersForNonAsciiNames(true);
    return tar;
  }

  private static void add(TarArchiveOutputStream tar, String name, byte[] content)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(content.length);
    tar.putArchiveEntry(entry);
    tar.write(content);
    tar.closeArchiveEntry();
  }

  private static void add(TarArchiveOutputStream tar, String path, FileNode node)
      throws IOException {
    if (!path.isEmpty()) {
      Optional<TarArchiveEntry> entry = entry(path, node);
      if (entry.isEmpty()) {
        return; // sockets and devices of the machine are nobody's build
      }
      tar.putArchiveEntry(entry.get());
      if (node.kind() == FileNode.Kind.FILE) {
        try (InputStream in = node.open()) {
          in.transferTo(tar);
        }
      }
      tar.closeArchiveEntry();
    }
    for (Map.Entry<String, FileNode> child : node.children().entrySet()) {
      add(tar, path.isEmpty() ? child.getKey() : path + "/" + child.getKey(), child.getValue());
    }
  }

  private static Optional<TarArchiveEntry> entry(String path, FileNode node) {
    byte type;
    switch (node.kind()) {
      case FILE -> type = TarConstants.LF_NORMAL;
      case DIRECTORY -> type = TarConstants.LF_DIR;
      case LINK -> type = TarConstants.LF_SYMLINK;
      default -> {
        return Optional.empty();
      }
    }
    TarArchiveEntry entry = new TarArchiveEntry(node.isDirectory() ? path + "/" : path, type);
    entry.setMode(node.mode());
    entry.setSize(node.kind() == FileNode.Kind.FILE ? node.size() : 0);
    entry.setLastModifiedTime(FileTime.from(node.modified()));
    if (node.kind() == FileNode.Kind.LINK) {
      entry.setLinkName(node.link());
    }
    return Optional.of(entry);
  }
}
