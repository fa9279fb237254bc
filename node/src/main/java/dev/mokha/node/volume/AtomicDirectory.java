package dev.mokha.node.volume;

import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.Nodes;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A directory whose files change all at once. The files lie in a directory with a name of its own;
 * {@code ..data} is a link to that, replaced by one rename; what a reader opens are links through
 * {@code ..data}:
 *
 * <pre>
 * password     -> ..data/password
 * ..data       -> ..1700000000-3
 * ..1700000000-3/password
 * </pre>
 */
public final class AtomicDirectory {
  private static final String DATA = "..data";
  private static final String NEW_DATA = "..data_tmp";

  private final Path root;
  private final Ownership ownership;

  /**
   * A file's content.
   *
   * @param bytes what it holds
   * @param mode permission bits
   * @param uid its owner; -1 for root
   */
  public record Content(byte[] bytes, int mode, long uid) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Content c
          && mode == c.mode
          && uid == c.uid
          && Arrays.equals(bytes, c.bytes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes) + mode;
    }
  }

  /** A directory that exists; its files get the ownership's group. */
  public AtomicDirectory(Path root, Ownership ownership) {
    this.root = root;
    this.ownership = ownership;
  }

  /**
   * Makes the directory hold exactly these files.
   *
   * @param files by relative path
   * @return false when it did already
   */
  public boolean write(Map<String, Content> files) {
    try {
      if (holds(files)) {
        return false;
      }
      Path version = Files.createTempDirectory(root, "..v");
      Nodes.mode(version, 0755);
      for (Map.Entry<String, Content> e : new TreeMap<>(files).entrySet()) {
        writeFile(version, e.getKey(), e.getValue());
      }
      ownership.applyToDirectories(version);
      Path before =
          Files.isSymbolicLink(root.resolve(DATA))
              ? Files.readSymbolicLink(root.resolve(DATA))
              : null;
      Path link = root.resolve(NEW_DATA);
      Files.deleteIfExists(link);
      Files.createSymbolicLink(link, version.getFileName());
      rename(link, root.resolve(DATA));
      linkNames(files.keySet());
      if (before != null) {
        DurableFiles.delete(root.resolve(before));
      }
      return true;
    } catch (IOException e) {
      throw new VolumeException("can't write the volume at " + root + ": " + e.getMessage(), e);
    }
  }

  private static void rename(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("the file system can't rename atomically", e);
    }
  }

  private void writeFile(Path version, String name, Content content) throws IOException {
    Path file = version.resolve(name).normalize();
    if (!file.startsWith(version) || file.equals(version)) {
      throw new VolumeException("the path " + name + " leads out of its volume");
    }
    Files.createDirectories(file.getParent());
    Files.write(file, content.bytes());
    Nodes.mode(file, content.mode());
    ownership.applyToReadOnlyFile(file, content);
  }

  private boolean holds(Map<String, Content> files) throws IOException {
    Path data = root.resolve(DATA);
    if (!Files.isDirectory(data)) {
      return false;
    }
    Path real = data.toRealPath();
    Set<String> there = new LinkedHashSet<>();
    try (var walk = Files.walk(real)) {
      walk.filter(Files::isRegularFile).forEach(f -> there.add(real.relativize(f).toString()));
    }
    if (!there.equals(files.keySet())) {
      return false;
    }
    for (Map.Entry<String, Content> e : files.entrySet()) {
      Path file = real.resolve(e.getKey());
      int mode = (int) Files.getAttribute(file, "unix:mode") & 0777;
      boolean same =
          Arrays.equals(Files.readAllBytes(file), e.getValue().bytes())
              && mode == ownership.readOnlyMode(e.getValue().mode());
      if (!same) {
        return false;
      }
    }
    for (String top : tops(files.keySet())) {
      if (!Files.isSymbolicLink(root.resolve(top))) {
        return false;
      }
    }
    return true;
  }

  private static Set<String> tops(Set<String> names) {
    Set<String> tops = new LinkedHashSet<>();
    names.forEach(n -> tops.add(Path.of(n).getName(0).toString()));
    return tops;
  }

  private void linkNames(Set<String> names) throws IOException {
    Set<String> tops = tops(names);
    for (String top : tops) {
      Path link = root.resolve(top);
      if (!Files.isSymbolicLink(link)) {
        Files.createSymbolicLink(link, Path.of(DATA, top));
      }
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (!name.startsWith("..") && !tops.contains(name) && Files.isSymbolicLink(entry)) {
          Files.delete(entry);
        }
      }
    }
  }
}
