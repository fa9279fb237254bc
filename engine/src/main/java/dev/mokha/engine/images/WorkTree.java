package dev.mokha.engine.images;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * Layers mounted together, with a writable one on top: what a build step works on. Its {@link
 * #root} serves as {@code ContainerSpec.rootfs} of a container; its files may also be written from
 * here, through {@link dev.mokha.engine.snapshots.RootedTree}.
 *
 * <p>What is written is lost by {@link #close}, unless {@link #commit} made a layer of it before.
 */
public interface WorkTree extends AutoCloseable {
  /** Where it is mounted. */
  Path root();

  /** The directory of what was written, in overlayfs' form; to look at, not to write to. */
  Path upper();

  /**
   * Makes a layer of what was written. The tree is unmounted first, so nothing may run in it any
   * more; the files are moved, not copied.
   *
   * @param clamp no file of the layer is younger than that (SOURCE_DATE_EPOCH); empty to keep times
   */
  NewLayer commit(Optional<Instant> clamp);

  /** Unmounts it, and throws away what was not committed; does nothing the second time. */
  @Override
  void close();
}
