package dev.mokha.node.volume;

import dev.mokha.linux.Nodes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** hostPath volumes: the check or creation that their type asks for. */
final class HostPaths {
  private static final int TYPE_MASK = 0170000;
  private static final int SOCKET = 0140000;
  private static final int CHARACTER = 0020000;
  private static final int BLOCK = 0060000;

  private HostPaths() {}

  static Path resolve(String path, String type) {
    Path host = Path.of(path);
    try {
      switch (type == null ? "" : type) {
        case "" -> {
          // No check; but a bind mount needs something to bind.
          if (!Files.exists(host)) {
            create(host);
          }
        }
        case "DirectoryOrCreate" -> {
          if (!Files.exists(host)) {
            create(host);
          }
          require(Files.isDirectory(host), path, "directory");
        }
        case "Directory" -> require(Files.isDirectory(host), path, "directory");
        case "FileOrCreate" -> {
          if (!Files.exists(host)) {
            Files.createFile(host);
            Nodes.mode(host, 0644);
          }
          require(Files.isRegularFile(host), path, "file");
        }
        case "File" -> require(Files.isRegularFile(host), path, "file");
        case "Socket" -> require(kind(host) == SOCKET, path, "socket");
        case "CharDevice" -> require(kind(host) == CHARACTER, path, "character device");
        case "BlockDevice" -> require(kind(host) == BLOCK, path, "block device");
        default -> throw new VolumeException("hostPath type " + type + " is unknown");
      }
    } catch (IOException e) {
      throw new VolumeException("hostPath " + path + " can't be used: " + e.getMessage(), e);
    }
    return host;
  }

  private static void create(Path directory) throws IOException {
    Files.createDirectories(directory);
    Nodes.mode(directory, 0755);
  }

  private static int kind(Path path) throws IOException {
    return Files.exists(path) ? (int) Files.getAttribute(path, "unix:mode") & TYPE_MASK : 0;
  }

  private static void require(boolean is, String path, String what) {
    if (!is) {
      throw new VolumeException("hostPath type check failed: " + path + " is not a " + what);
    }
  }
}
