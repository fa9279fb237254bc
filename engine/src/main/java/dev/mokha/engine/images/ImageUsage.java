package dev.mokha.engine.images;

import java.util.List;

/**
 * Disk that images use.
 *
 * @param layers bytes of all unpacked layers, each once
 * @param content bytes of all blobs
 * @param images each image's part
 */
public record ImageUsage(long layers, long content, List<Part> images) {
  /**
   * An image's part.
   *
   * @param image the image
   * @param shared bytes of its layers that other images have too
   * @param containers how many containers are made from it
   */
  public record Part(Image image, long shared, int containers) {}

  /** Copies the list. */
  public ImageUsage {
    images = List.copyOf(images);
  }
}
