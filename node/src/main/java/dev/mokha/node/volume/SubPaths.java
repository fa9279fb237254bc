package dev.mokha.node.volume;

import dev.mokha.linux.FileDescriptor;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * Parts of volumes. What a container mounts is pinned by a descriptor, looked at where it really
 * lies, and bound from that descriptor: a link that is swapped in between leads nowhere.
 */
final class SubPaths {
  private static final int NO_FOLLOW = 0x20000;

  private SubPaths() {}

  /**
   * Binds a part of a volume to a place of the node's own.
   *
   * @param volume the volume's directory
   * @param subPath relative; a directory is made when nothing is there
   * @param target the place, made here
   * @throws VolumeException when it leads out of the volume
   */
  static void bind(Path volume, String subPath, Path target) {
    Path relative = Path.of(subPath).normalize();
    if (relative.isAbsolute() || relative.startsWith("..")) {
      throw new VolumeException("subPath " + subPath + " leads out of its volume");
    }
    try {
      Path root = volume.toRealPath();
      makeDirectories(root, relative, subPath);
      Path real = root.resolve(relative).toRealPath();
      require(real.startsWith(root), subPath);
      try (FileDescriptor pinned = FileDescriptor.open(real, FileDescriptor.PATH | NO_FOLLOW)) {
        Path place = Path.of("/proc/self/fd/" + pinned.number());
        require(Files.readSymbolicLink(place).startsWith(root), subPath);
        Files.createDirectories(target.getParent());
        if (Files.isDirectory(place)) {
          Files.createDirectories(target);
        } else if (!Files.exists(target)) {
          Files.createFile(target);
        }
        Mounts.unmount(target);
        Mounts.bind(place, target);
      }
    } catch (IOException | LinuxException e) {
      throw new VolumeException("subPath " + subPath + " can't be mounted: " + e.getMessage(), e);
    }
  }

  // Missing directories are made one by one, each below a place that was looked at.
  private static void makeDirectories(Path root, Path relative, String subPath) throws IOException {
    Path at = root;
    for (Path part : relative) {
      if (part.toString().isEmpty()) {
        continue;
      }
      Path next = at.resolve(part);
      if (!Files.exists(next, LinkOption.NOFOLLOW_LINKS)) {
        Files.createDirectory(next);
        inherit(root, next);
      }
      at = next.toRealPath();
      require(at.startsWith(root), subPath);
    }
  }

  private static void inherit(Path volume, Path directory) throws IOException {
    Files.setAttribute(directory, "unix:gid", Files.getAttribute(volume, "unix:gid"));
    Files.setAttribute(directory, "unix:mode", Files.getAttribute(volume, "unix:mode"));
  }

  private static void require(boolean inside, String subPath) {
    if (!inside) {
      throw new VolumeException("subPath " + subPath + " leads out of its volume");
    }
  }
}
