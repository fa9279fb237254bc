package dev.mokha.engine.snapshots;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Shows layers and a container's own changes as one tree. */
@FunctionalInterface
public interface RootMounter {
  /**
   * Mounts it.
   *
   * @param lower the layers, the uppermost first
   * @param own the directory with its {@code upper} and {@code work}
   * @param target where
   * @param options of overlayfs
   */
  void mount(List<Path> lower, Path own, Path target, List<String> options) throws IOException;
}
