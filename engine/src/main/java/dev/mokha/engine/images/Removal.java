package dev.mokha.engine.images;

/** One thing that a removal took away, in the order and with the words that Docker tells it in. */
public sealed interface Removal {
  /**
   * A name.
   *
   * @param reference complete, {@code docker.io/library/redis:7} or with digest
   */
  record Untagged(String reference) implements Removal {}

  /**
   * An image or a layer.
   *
   * @param id of the image, or the layer's chain id
   */
  record Deleted(String id) implements Removal {}
}
