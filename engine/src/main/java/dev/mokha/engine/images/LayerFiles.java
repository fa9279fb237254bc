package dev.mokha.engine.images;

import java.util.List;

/**
 * The regular files of one layer of an image.
 *
 * @param diffId which layer
 * @param createdBy the instruction that made it, as far as the image says
 * @param files in the order of the paths
 */
public record LayerFiles(String diffId, String createdBy, List<Entry> files) {
  /**
   * One file.
   *
   * @param path from the root, beginning with a slash
   * @param bytes its length
   * @param visible whether no layer above replaces or removes it
   */
  public record Entry(String path, long bytes, boolean visible) {}

  /** Copies the list. */
  public LayerFiles {
    files = List.copyOf(files);
  }
}
