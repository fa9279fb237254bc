package dev.mokha.node.volume;

import dev.mokha.linux.Nodes;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Who owns a volume's files: with an fsGroup, that group, which may read and, where anybody may,
 * write; new files in its directories belong to it too.
 *
 * @param group the fsGroup; -1 for none
 * @param onlyWhenRootDiffers whether a volume whose top is right already is left as it is
 */
public record Ownership(long group, boolean onlyWhenRootDiffers) {
  private static final int SETGID = 02000;

  /** As the pod wants it. */
  public static Ownership of(Pod pod) {
    PodSecurityContext context = pod.getSpec().getSecurityContext();
    if (context == null || context.getFsGroup() == null) {
      return new Ownership(-1, false);
    }
    return new Ownership(
        context.getFsGroup(), "OnRootMismatch".equals(context.getFsGroupChangePolicy()));
  }

  int readOnlyMode(int mode) {
    return group < 0 ? mode : mode | 0440;
  }

  void applyToReadOnlyFile(Path file, AtomicDirectory.Content content) {
    if (content.uid() >= 0 || group >= 0) {
      Nodes.owner(file, content.uid(), group);
    }
    if (group >= 0) {
      Nodes.mode(file, readOnlyMode(content.mode()));
    }
  }

  void applyToDirectories(Path top) throws IOException {
    if (group < 0) {
      return;
    }
    try (var walk = Files.walk(top)) {
      for (Path directory : walk.filter(Files::isDirectory).toList()) {
        Nodes.owner(directory, -1, group);
        Nodes.mode(directory, mode(directory) | SETGID | 0550);
      }
    }
  }

  /** Gives a writable volume to the group. */
  void applyToTree(Path top) throws IOException {
    if (group < 0) {
      return;
    }
    boolean right =
        ((Number) Files.getAttribute(top, "unix:gid")).longValue() == group
            && (mode(top) & (SETGID | 0770)) == (SETGID | 0770);
    if (right && onlyWhenRootDiffers) {
      return;
    }
    Files.walkFileTree(
        top,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Nodes.owner(file, -1, group);
            if (!attributes.isSymbolicLink()) {
              Nodes.mode(file, mode(file) | 0660);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, IOException failure)
              throws IOException {
            Nodes.owner(directory, -1, group);
            Nodes.mode(directory, mode(directory) | SETGID | 0770);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static int mode(Path path) throws IOException {
    return (int) Files.getAttribute(path, "unix:mode") & 07777;
  }
}
