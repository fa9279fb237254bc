package dev.mokha.engine.snapshots;

import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.Nodes;
import dev.mokha.linux.Xattrs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Lays directories in overlayfs' form over each other, so that the result shows on the layers below
 * what all of them show together. Files are linked, not copied: nobody writes to a layer.
 */
final class LayerMerge {
  private static final String OPAQUE = "trusted.overlay.opaque";

  private final Path result;
  private final Predicate<Path> isBelow;

  /**
   * A merge.
   *
   * @param result an empty directory on the layers' file system
   * @param isBelow whether the layers below have a path
   */
  LayerMerge(Path result, Predicate<Path> isBelow) {
    this.result = result;
    this.isBelow = isBelow;
  }

  /** Puts a layer on top. */
  void add(Path layer) throws IOException {
    merge(layer, result);
  }

  private void merge(Path from, Path to) throws IOException {
    try (DirectoryStream<Path> children = Files.newDirectoryStream(from)) {
      for (Path child : children) {
        add(child, to.resolve(child.getFileName()));
      }
    }
  }

  private void add(Path from, Path to) throws IOException {
    Map<String, Object> is =
        Files.readAttributes(
            from, "unix:mode,uid,gid,rdev,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
    if (!Files.isDirectory(from, LinkOption.NOFOLLOW_LINKS)) {
      DurableFiles.delete(to);
      if (!isWhiteout(is) || isBelow.test(result.relativize(to))) {
        Files.createLink(to, from);
      }
      return;
    }
    boolean opaque = TreeArchive.isOpaque(from);
    boolean there = Files.exists(to, LinkOption.NOFOLLOW_LINKS);
    if (there && (opaque || !Files.isDirectory(to, LinkOption.NOFOLLOW_LINKS))) {
      DurableFiles.delete(to);
      opaque = true; // what was here hid what is below
      there = false;
    }
    if (!there) {
      Files.createDirectory(to);
    }
    Nodes.owner(to, (int) is.get("uid"), (int) is.get("gid"));
    Nodes.mode(to, (int) is.get("mode") & 07777);
    for (String name : Xattrs.list(from)) {
      if (!name.startsWith("trusted.overlay.")) {
        Xattrs.get(from, name).ifPresent(value -> Xattrs.set(to, name, value));
      }
    }
    if (opaque && isBelow.test(result.relativize(to))) {
      Xattrs.set(to, OPAQUE, "y".getBytes(StandardCharsets.US_ASCII));
    }
    merge(from, to);
    var at = ((FileTime) is.get("lastModifiedTime")).toInstant();
    Nodes.times(to, at.getEpochSecond(), at.getNano());
  }

  private static boolean isWhiteout(Map<String, Object> is) {
    return ((int) is.get("mode") & 0170000) == Nodes.CHARACTER
        && ((Number) is.get("rdev")).longValue() == 0;
  }
}
