package dev.mokha.engine.images;

import java.time.Instant;
import java.util.List;

/**
 * One step of how an image was made, as {@code docker history} shows it, the last step first.
 *
 * @param id of the image that the step made, where it is here; else empty ({@code <missing>})
 * @param created when
 * @param createdBy the instruction
 * @param comment what its makers said
 * @param tags the names of the image that the step made
 * @param size bytes of the layer's files; 0 for a step without one
 */
public record HistoryEntry(
    String id, Instant created, String createdBy, String comment, List<String> tags, long size) {
  /** Copies the names. */
  public HistoryEntry {
    tags = List.copyOf(tags);
  }
}
