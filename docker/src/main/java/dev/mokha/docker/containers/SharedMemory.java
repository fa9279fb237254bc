package dev.mokha.docker.containers;

import dev.mokha.docker.http.Json;
import dev.mokha.engine.EngineException;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.MountFlag;
import dev.mokha.linux.Mounts;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/**
 * /dev/shm of containers whose IPC others may join: a tmpfs on the host, since one that is made
 * inside a container can't be shown to another.
 */
final class SharedMemory {
  private final Path root;

  /** Below a directory that does not survive a reboot. */
  SharedMemory(Path root) {
    this.root = root;
  }

  /** Where a container's is; mounted if it is not yet. */
  Path open(ContainerRecord record) {
    Path directory = root.resolve(record.id());
    try {
      Files.createDirectories(directory);
      if (Mounts.find(directory).isEmpty()) {
        Mounts.tmpfs(
            directory,
            EnumSet.of(MountFlag.NO_SUID, MountFlag.NO_DEV, MountFlag.NO_EXEC),
            "mode=1777,size=" + Json.number(record.hostConfig(), "ShmSize"));
      }
      return directory;
    } catch (IOException | LinuxException e) {
      throw new EngineException(
          EngineException.Code.INTERNAL, "Shared memory can't be made: " + e.getMessage(), e);
    }
  }

  /** Takes a container's away; nothing when it has none. */
  void close(String id) {
    Path directory = root.resolve(id);
    if (!Files.exists(directory)) {
      return;
    }
    Mounts.unmount(directory);
    try {
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.INTERNAL, "Shared memory stays behind: " + e.getMessage(), e);
    }
  }

  /** Takes away those of all others: what a new daemon does once. */
  void retain(Set<String> ids) {
    if (!Files.exists(root)) {
      return;
    }
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(root)) {
      for (Path directory : directories) {
        if (!ids.contains(directory.getFileName().toString())) {
          close(directory.getFileName().toString());
        }
      }
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.INTERNAL, "Shared memory can't be looked at: " + e.getMessage(), e);
    }
  }
}
