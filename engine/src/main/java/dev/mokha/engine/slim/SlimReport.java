package dev.mokha.engine.slim;

import java.time.Duration;
import java.util.List;

/**
 * What an image's layers weigh, and what of that a run needed.
 *
 * @param image its id
 * @param layers lowest first
 * @param watched how long the container ran
 * @param exitCode how it ended by itself; -1 when it was ended after the time given
 */
public record SlimReport(String image, List<LayerUse> layers, Duration watched, int exitCode) {
  /**
   * One layer.
   *
   * @param diffId which
   * @param createdBy the instruction that made it, as far as the image says
   * @param bytes of all its files
   * @param files how many they are
   * @param openedBytes of the files that some process opened
   * @param openedFiles how many they are
   * @param hiddenBytes of the files that layers above replace or remove
   * @param unused files that are seen and were not opened, the largest first
   */
  public record LayerUse(
      String diffId,
      String createdBy,
      long bytes,
      long files,
      long openedBytes,
      long openedFiles,
      long hiddenBytes,
      List<UnusedFile> unused) {
    /** Copies the list. */
    public LayerUse {
      unused = List.copyOf(unused);
    }

    /** Bytes of the files that were not opened. */
    public long unusedBytes() {
      return unused.stream().mapToLong(UnusedFile::bytes).sum();
    }
  }

  /** A file that nobody opened: its path in the image, its length. */
  public record UnusedFile(String path, long bytes) {}

  /** Copies the list. */
  public SlimReport {
    layers = List.copyOf(layers);
  }
}
