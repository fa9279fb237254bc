package dev.mokha.engine.images;

import java.io.InputStream;
import java.util.List;

/**
 * Makes images layer by layer. While a session is open, everything it made or named stays, whatever
 * is removed meanwhile; what no image has when it is closed is collected some time later.
 *
 * <p>A layer made here has no blob: its directory is all there is of it, and its archive is a
 * function of that ({@code snapshots.TreeArchive}), written when the image is pushed or saved. So a
 * step costs one reading of what it wrote, no compression and no copy.
 *
 * <pre>{@code
 * try (LayerSession session = images.layers()) {
 *   Image base = session.hold("debian:13");
 *   List<String> layers = new ArrayList<>(base.layers());
 *   try (WorkTree tree = session.mount(layers)) {
 *     run(ContainerSpec.builder().rootfs(tree.root())...);
 *     NewLayer layer = tree.commit(Optional.empty());
 *     layers.add(layer.diffId());
 *   }
 *   Image built = session.create(new NewImage(configuration, layers, List.of("app:1"), base.id()));
 * }
 * }</pre>
 */
public interface LayerSession extends AutoCloseable {
  /**
   * Holds an image, with blobs and layers.
   *
   * @throws dev.mokha.engine.EngineException NOT_FOUND when there is none
   */
  Image hold(String reference);

  /**
   * Holds layers that may belong to no image any more, such as those a cache remembers.
   *
   * @param diffIds lowest first
   * @return whether all of them are there
   */
  boolean hold(List<String> diffIds);

  /**
   * Mounts layers, with a fresh writable one on top.
   *
   * @param diffIds lowest first; they must be held by this session or made by it; none for an empty
   *     tree
   */
  WorkTree mount(List<String> diffIds);

  /**
   * Mounts layers to look at: as {@link #mount}, but nothing runs on it, and so there is nothing in
   * it for a runtime to mount on either.
   */
  WorkTree view(List<String> diffIds);

  /**
   * Makes a layer of a tar, compressed or not, of which nothing is trusted.
   *
   * @param below the layers it comes on, lowest first
   */
  NewLayer unpack(InputStream tar, List<String> below);

  /**
   * Makes one layer of several: what {@code docker build --squash} does.
   *
   * @param diffIds all layers, lowest first
   * @param keep how many of the lowest stay as they are
   * @return the layer that comes on those
   */
  NewLayer squash(List<String> diffIds, int keep);

  /**
   * Puts an image on record; it is on the disk, layers and all, when this returns. One that is
   * there already gets the names only.
   */
  Image create(NewImage image);

  /** Lets go of everything. */
  @Override
  void close();
}
