package dev.mokha.engine.images;

/** One thing that a removal took away, in the order and with the words that Docker tells it in. */
public sealed interface Removal {
  /**
   * A name.
   *
   * @param reference complete, {@code docker.io/library/redis:7} or with digest
   * @param imageId what it stood for
   */
  record Untagged(String reference, String imageId) implements Removal {}

  /**
   * An image or a layer.
   *
   * @param id of the image, or the layer's chain id
   * @param isImage whether it is an image
   */
  record Deleted(String id, boolean isImage) implements Removal {}
}
