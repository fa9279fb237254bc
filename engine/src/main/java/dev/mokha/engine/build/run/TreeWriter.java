package dev.mokha.engine.build.run;

import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.context.FileNode;
import dev.mokha.engine.snapshots.RootedTree;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.Errno;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.Nodes;
import dev.mokha.linux.Xattrs;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes nodes into a root that nothing outside of is touched: links are resolved as if it were
 * {@code /}. Directories that are there stay as they are and take what comes; everything else is
 * replaced.
 */
final class TreeWriter {
  private static final int BUFFER = 1 << 17;

  private final Path root;
  private final RootedTree tree;
  private final Optional<Owners> owners;
  private final Optional<ModeChange> mode;
  private final Map<FileNode, Path> written = new IdentityHashMap<>();
  private final byte[] buffer = new byte[BUFFER];

  /**
   * Writes below a root.
   *
   * @param owners who everything belongs to; empty to keep what nodes say
   * @param mode what becomes of everything's permission bits; empty to keep them
   */
  TreeWriter(Path root, Optional<Owners> owners, Optional<ModeChange> mode) {
    this.root = root;
    this.owners = owners;
    this.mode = mode;
    this.tree =
        new RootedTree(
            root,
            made -> {
              Nodes.mode(made, 0755);
              owners.ifPresent(o -> Nodes.owner(made, o.uid(), o.gid()));
            });
  }

  /** Whether a path inside is a directory, links followed. */
  boolean isDirectory(String path) throws IOException {
    Path found = tree.find(path);
    return found != null && Files.isDirectory(found, LinkOption.NOFOLLOW_LINKS);
  }

  /** Makes a directory and those above it, where they are missing. */
  Path directory(List<String> components) throws IOException {
    List<String> inside = new ArrayList<>(components);
    inside.add("-");
    return tree.place(inside).getParent();
  }

  /**
   * Writes a directory's entries into one. When that is made here it is an ordinary directory, and
   * not like the one copied: so have Docker's builders it.
   */
  void entries(FileNode directory, List<String> components) throws IOException {
    boolean fresh = tree.find(String.join("/", components)) == null;
    Path target = directory(components);
    writeEntries(directory, target);
    if (fresh && mode.isPresent()) {
      Nodes.mode(target, mode.get().apply(0755, true));
    }
  }

  /** Writes a node at a place; a directory with everything in it. */
  void write(FileNode node, List<String> components) throws IOException {
    if (node.isDirectory()) {
      boolean fresh = tree.find(String.join("/", components)) == null;
      Path target = directory(components);
      writeEntries(node, target);
      if (fresh) {
        attributes(node, target);
      }
    } else {
      place(node, tree.place(components));
    }
  }

  private void writeEntries(FileNode directory, Path target) throws IOException {
    for (Map.Entry<String, FileNode> entry : directory.children().entrySet()) {
      place(entry.getValue(), target.resolve(entry.getKey()));
    }
  }

  private void place(FileNode node, Path target) throws IOException {
    boolean exists = Files.exists(target, LinkOption.NOFOLLOW_LINKS);
    if (node.isDirectory()) {
      Path directory = target;
      if (exists && Files.isSymbolicLink(target)) {
        Path led = tree.find(root.relativize(target).toString());
        if (led != null && Files.isDirectory(led, LinkOption.NOFOLLOW_LINKS)) {
          directory = led;
        }
      }
      boolean fresh = !Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS);
      if (fresh) {
        if (exists) {
          throw new BuildException("cannot copy to non-directory: /" + root.relativize(target));
        }
        Files.createDirectory(directory);
      }
      writeEntries(node, directory);
      if (fresh) {
        attributes(node, directory);
      }
      return;
    }
    if (exists) {
      if (Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
        throw new BuildException(
            "cannot replace to directory /" + root.relativize(target) + " with file");
      }
      DurableFiles.delete(target);
      tree.changed();
    }
    Path same = written.get(node);
    if (same != null) {
      Files.createLink(target, same);
      return;
    }
    make(node, target);
    attributes(node, target);
    written.put(node, target);
  }

  private void make(FileNode node, Path target) throws IOException {
    switch (node.kind()) {
      case FILE -> {
        try (InputStream in = node.open();
            OutputStream out =
                Files.newOutputStream(
                    target,
                    StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.WRITE,
                    LinkOption.NOFOLLOW_LINKS)) {
          for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            out.write(buffer, 0, n);
          }
        }
      }
      case LINK -> {
        Files.createSymbolicLink(target, Path.of(node.link()));
        tree.changed();
      }
      case FIFO -> Nodes.fifo(target, node.mode());
      case CHARACTER_DEVICE ->
          Nodes.device(target, Nodes.CHARACTER, node.major(), node.minor(), node.mode());
      case BLOCK_DEVICE ->
          Nodes.device(target, Nodes.BLOCK, node.major(), node.minor(), node.mode());
      case DIRECTORY -> throw new IllegalStateException("made elsewhere");
    }
  }

  private void attributes(FileNode node, Path target) throws IOException {
    // In this order: chown clears the set-id bits and the capabilities.
    long uid = owners.map(Owners::uid).orElse(node.uid());
    long gid = owners.map(Owners::gid).orElse(node.gid());
    Nodes.owner(target, uid, gid);
    if (node.kind() != FileNode.Kind.LINK) {
      int bits = node.mode();
      Nodes.mode(target, mode.map(change -> change.apply(bits, node.isDirectory())).orElse(bits));
      for (Map.Entry<String, byte[]> entry : node.attributes().entrySet()) {
        setAttribute(target, entry.getKey(), entry.getValue());
      }
    }
    Nodes.times(target, node.modified().getEpochSecond(), node.modified().getNano());
  }

  private static void setAttribute(Path target, String name, byte[] value) {
    // Nobody may speak to overlayfs itself: a redirect could show any directory.
    if (name.startsWith("trusted.") || name.startsWith("user.overlay.")) {
      return;
    }
    try {
      Xattrs.set(target, name, value);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EOPNOTSUPP && e.errno() != Errno.EPERM) {
        throw e;
      }
    }
  }
}
