package dev.mokha.engine.images;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Which images to prune; none that a container uses ever is.
 *
 * @param danglingOnly only images without a name (Docker's default), or every one not in use
 * @param until only those made before
 * @param labels only those with all these labels; an empty value stands for any
 * @param withoutLabels only those with none of these
 */
public record PruneFilter(
    boolean danglingOnly,
    Optional<Instant> until,
    Map<String, String> labels,
    Map<String, String> withoutLabels) {
  /** Images without a name. */
  public static final PruneFilter DANGLING =
      new PruneFilter(true, Optional.empty(), Map.of(), Map.of());

  /** Copies the labels. */
  public PruneFilter {
    labels = Map.copyOf(labels);
    withoutLabels = Map.copyOf(withoutLabels);
  }
}
