package dev.mokha.engine.images;

import java.util.List;

/**
 * What a prune took away.
 *
 * @param removals names, images, layers
 * @param bytes disk given back
 */
public record Pruned(List<Removal> removals, long bytes) {
  /** Copies the list. */
  public Pruned {
    removals = List.copyOf(removals);
  }
}
