package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.UserMapping;
import dev.mokha.engine.volumes.Volumes;
import dev.mokha.linux.FileDescriptor;
import dev.mokha.linux.MountFlag;
import dev.mokha.linux.Mounts;
import dev.mokha.linux.Namespaces;
import dev.mokha.linux.OpenDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A container's files as its processes see them, mounts included: of a running one through its
 * first process, of another from its root with its volumes mounted for this one look, in a mount
 * namespace that ends with it.
 */
final class ContainerTree {
  private final Volumes volumes;

  ContainerTree(Volumes volumes) {
    this.volumes = volumes;
  }

  /** What is done with the files. */
  interface Work<T> {
    T with(OpenDirectory root) throws IOException;
  }

  /** Under which ids a container's files show while something is done with them. */
  UserMapping users(DockerContainer container) {
    try (Container.Tree tree = container.engine().tree()) {
      return tree.users();
    }
  }

  /** Does it. */
  <T> T in(DockerContainer container, Work<T> work) throws IOException {
    int pid = container.isRunning() ? container.engine().state().pid() : 0;
    if (pid > 0) {
      try (OpenDirectory root = OpenDirectory.of(Path.of("/proc", Integer.toString(pid), "root"))) {
        return work.with(root);
      }
    }
    List<MountPoint> mounts =
        container.record().mounts().stream()
            .filter(mount -> !mount.type().equals("tmpfs"))
            .toList();
    try (Container.Tree tree = container.engine().tree()) {
      if (mounts.isEmpty()) {
        try (OpenDirectory root = OpenDirectory.of(tree.root())) {
          return work.with(root);
        }
      }
      // Mounted where all can see it; only their places in this tree are for this look alone.
      Map<MountPoint, Path> sources = new LinkedHashMap<>();
      try {
        for (MountPoint mount : mounts) {
          sources.put(
              mount,
              mount.type().equals("volume")
                  ? volumes.mount(mount.name(), container.id())
                  : Path.of(mount.source()));
        }
        return Namespaces.callInNew(
            List.of(Namespaces.Kind.MNT), () -> mounted(sources, tree.root(), work));
      } finally {
        mounts.stream()
            .filter(mount -> mount.type().equals("volume"))
            .forEach(mount -> volumes.unmount(mount.name(), container.id()));
      }
    }
  }

  private static <T> T mounted(Map<MountPoint, Path> sources, Path directory, Work<T> work)
      throws IOException {
    Mounts.setPropagation(Path.of("/"), MountFlag.PRIVATE, true);
    for (Map.Entry<MountPoint, Path> entry : sources.entrySet()) {
      MountPoint mount = entry.getKey();
      Path source = entry.getValue();
      try (OpenDirectory root = OpenDirectory.of(directory);
          FileDescriptor place = root.find(mount.destination()).orElse(null)) {
        if (!java.nio.file.Files.exists(source)) {
          continue;
        }
        if (place != null) {
          Mounts.bind(source, OpenDirectory.path(place));
        } else if (java.nio.file.Files.isDirectory(source)) {
          // It has never run: the place is made as its first start would make it.
          try (FileDescriptor made = make(root, mount.destination())) {
            Mounts.bind(source, OpenDirectory.path(made));
          }
        } else {
          continue;
        }
      }
      if (!mount.writable()) {
        try (OpenDirectory root = OpenDirectory.of(directory);
            FileDescriptor place = root.find(mount.destination()).orElseThrow()) {
          Mounts.setReadOnly(OpenDirectory.path(place), true);
        }
      }
    }
    try (OpenDirectory root = OpenDirectory.of(directory)) {
      return work.with(root);
    }
  }

  /** Makes a directory and those above it; the caller closes it. */
  private static FileDescriptor make(OpenDirectory root, String path) {
    String made = "/";
    FileDescriptor current = root.find(made).orElseThrow();
    for (Path part : Path.of(path)) {
      String next = made + "/" + part;
      FileDescriptor found = root.find(next).orElse(null);
      try (OpenDirectory parent = OpenDirectory.of(current)) {
        if (found == null) {
          parent.makeDirectory(part.toString(), 0755);
          found = root.find(next).orElseThrow();
        }
      }
      current = found;
      made = next;
    }
    return current;
  }

  /** What dockerd says of a path that is not there. */
  static DockerException notThere(String path, String container) {
    return DockerException.notFound(
        "Could not find the file " + path + " in container " + container);
  }
}
