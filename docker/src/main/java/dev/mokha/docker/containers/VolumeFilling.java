package dev.mokha.docker.containers;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.snapshots.RootedTree;
import dev.mokha.engine.volumes.Volumes;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Gives a new container's empty volumes what its image has at their places. */
final class VolumeFilling {
  private final Volumes volumes;

  VolumeFilling(Volumes volumes) {
    this.volumes = volumes;
  }

  /** Fills them. */
  void fill(DockerContainer container) {
    List<MountPoint> empty =
        container.record().mounts().stream()
            .filter(mount -> mount.type().equals("volume") && mount.copy())
            .filter(mount -> mount.subpath().isEmpty() && isEmpty(mount.name()))
            .toList();
    if (empty.isEmpty()) {
      return;
    }
    try (Container.Tree tree = container.engine().tree()) {
      RootedTree root = new RootedTree(tree.root());
      for (MountPoint mount : empty) {
        Path source = root.find(mount.destination());
        if (source != null && Files.isDirectory(source)) {
          volumes.populate(mount.name(), container.id(), source);
        }
      }
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.INTERNAL, "A volume can't be filled: " + e.getMessage(), e);
    }
  }

  private boolean isEmpty(String volume) {
    Path directory = volumes.get(volume).directory();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      return !entries.iterator().hasNext();
    } catch (IOException e) {
      return true; // of one with a device, which is not mounted: populate looks itself
    }
  }
}
