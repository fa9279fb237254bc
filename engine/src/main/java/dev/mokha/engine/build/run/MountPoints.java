package dev.mokha.engine.build.run;

import dev.mokha.engine.snapshots.RootedTree;
import dev.mokha.linux.Nodes;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The places where the runtime mounts something for a step. What is missing of them it makes as
 * empty files and directories, which are no part of the layer: they are taken away afterwards.
 */
final class MountPoints {
  /** What every container has. */
  private static final List<String> ALWAYS = List.of("/proc", "/sys", "/dev");

  private final Path root;
  private final List<Missing> missing = new ArrayList<>();

  /**
   * A path that was not there: the first directory missing on the way, and when its own changed.
   */
  private record Missing(Path parent, Instant modified, List<String> rest) {}

  private MountPoints(Path root) {
    this.root = root;
  }

  /** Looks which are missing, before the step runs. */
  static MountPoints look(Path root, List<String> targets) throws IOException {
    MountPoints points = new MountPoints(root);
    List<String> all = new ArrayList<>(ALWAYS);
    all.addAll(targets);
    for (String target : all) {
      points.look(Paths.components(target));
    }
    return points;
  }

  private void look(List<String> components) throws IOException {
    RootedTree tree = new RootedTree(root);
    Path parent = root;
    for (int i = 0; i < components.size(); i++) {
      Path found = tree.find(String.join("/", components.subList(0, i + 1)));
      if (found == null) {
        missing.add(
            new Missing(
                parent,
                Files.getLastModifiedTime(parent, LinkOption.NOFOLLOW_LINKS).toInstant(),
                components.subList(i, components.size())));
        return;
      }
      parent = found;
    }
  }

  /** Takes away what the runtime made, as far as the step left it empty. */
  void clear() throws IOException {
    for (Missing one : missing.reversed()) {
      Path path = one.parent();
      List<Path> way = new ArrayList<>();
      for (String part : one.rest()) {
        path = path.resolve(part);
        way.add(path);
      }
      boolean removed = false;
      for (Path made : way.reversed()) {
        removed |= removeEmpty(made);
      }
      if (removed && Files.isDirectory(one.parent(), LinkOption.NOFOLLOW_LINKS)) {
        Nodes.times(one.parent(), one.modified().getEpochSecond(), one.modified().getNano());
      }
    }
  }

  private static boolean removeEmpty(Path path) throws IOException {
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
        if (entries.iterator().hasNext()) {
          return false;
        }
      }
      Files.delete(path);
      return true;
    }
    if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) && Files.size(path) == 0) {
      Files.delete(path);
      return true;
    }
    return false;
  }
}
