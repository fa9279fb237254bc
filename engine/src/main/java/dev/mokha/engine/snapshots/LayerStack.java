package dev.mokha.engine.snapshots;

import dev.mokha.linux.Nodes;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Layers' directories as they lie over each other, read as overlayfs would show them. */
public final class LayerStack {
  private final List<Path> layers;

  /** The uppermost layer's directory first. */
  LayerStack(List<Path> layers) {
    this.layers = List.copyOf(layers);
  }

  /**
   * What layers together show of a path; links are not followed.
   *
   * @param relative to the root
   */
  public Optional<Path> find(Path relative) throws IOException {
    for (Path layer : layers) {
      Path current = layer;
      boolean last = false;
      for (int i = 0; i < relative.getNameCount(); i++) {
        last |= i > 0 && TreeArchive.isOpaque(current);
        current = current.resolve(relative.getName(i));
        if (!Files.exists(current, LinkOption.NOFOLLOW_LINKS)) {
          current = null;
          break;
        }
        if (isWhiteout(current)) {
          return Optional.empty();
        }
        boolean directory = Files.isDirectory(current, LinkOption.NOFOLLOW_LINKS);
        if (!directory && i < relative.getNameCount() - 1) {
          return Optional.empty();
        }
      }
      if (current != null) {
        return Optional.of(current);
      }
      if (last) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  /** The names of what layers together show in a directory. */
  public Set<String> children(Path relative) throws IOException {
    Set<String> names = new TreeSet<>();
    for (Path layer : layers) {
      Path directory = layer.resolve(relative);
      if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
          stream.forEach(path -> names.add(path.getFileName().toString()));
        }
      }
    }
    List<String> hidden = new ArrayList<>();
    for (String name : names) {
      if (find(relative.resolve(name)).isEmpty()) {
        hidden.add(name);
      }
    }
    names.removeAll(hidden);
    return names;
  }

  /** Hears of a file. */
  @FunctionalInterface
  public interface FileVisitor {
    /** A regular file: its path in the root, its length, whether no layer above covers it. */
    void file(Path path, long bytes, boolean visible);
  }

  /** Tells of all regular files of the lowest layer. */
  public void visitLowest(FileVisitor visitor) throws IOException {
    Path root = layers.getLast();
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : (Iterable<Path>) paths.sorted()::iterator) {
        if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
          Path relative = root.relativize(path);
          boolean visible = find(relative).filter(path::equals).isPresent();
          visitor.file(relative, Files.size(path), visible);
        }
      }
    }
  }

  /** Whether a file says that what is below is removed. */
  public static boolean isWhiteout(Path path) throws IOException {
    Map<String, Object> is =
        Files.readAttributes(path, "unix:mode,rdev", LinkOption.NOFOLLOW_LINKS);
    return ((int) is.get("mode") & 0170000) == Nodes.CHARACTER
        && ((Number) is.get("rdev")).longValue() == 0;
  }

  /** Makes what the runtime mounts things on, as far as the layers lack it. */
  void mountPoints(Path directory) throws IOException {
    Path etc = Path.of("etc");
    Optional<Path> lowerEtc = find(etc);
    for (String name : List.of("dev", "proc", "sys")) {
      if (find(Path.of(name)).isEmpty()) {
        Files.createDirectory(directory.resolve(name));
      }
    }
    if (lowerEtc.isPresent() && !Files.isDirectory(lowerEtc.get(), LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    for (String name : List.of("hostname", "hosts", "resolv.conf")) {
      if (find(etc.resolve(name)).isEmpty()) {
        Path own = directory.resolve(etc);
        if (!Files.exists(own)) {
          Files.createDirectory(own);
          if (lowerEtc.isPresent()) {
            copyAttributes(lowerEtc.get(), own);
          }
        }
        Files.createFile(own.resolve(name));
      }
    }
  }

  static void copyAttributes(Path from, Path to) throws IOException {
    Map<String, Object> is =
        Files.readAttributes(from, "unix:mode,uid,gid", LinkOption.NOFOLLOW_LINKS);
    Nodes.owner(to, (int) is.get("uid"), (int) is.get("gid"));
    Nodes.mode(to, (int) is.get("mode") & 07777);
  }
}
