package dev.mokha.api.managedfields;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Set;

/**
 * The circumstances of a write.
 *
 * @param manager the field manager: the request's parameter, else the beginning of its User-Agent
 * @param apiVersion of the request, such as {@code apps/v1}
 * @param subresource that is written; empty for the object itself
 * @param time of the write
 * @param ignoredFields top-level fields that this way of writing can't change: {@code status} for
 *     the object itself of a kind with that subresource, {@code spec} for its status
 */
public record Write(
    String manager,
    String apiVersion,
    String subresource,
    Instant time,
    Set<String> ignoredFields) {
  /** Longest name of a manager. */
  public static final int LONGEST_MANAGER = 128;

  /** Refuses nulls. */
  public Write {
    requireNonNull(manager, "manager");
    requireNonNull(apiVersion, "apiVersion");
    requireNonNull(subresource, "subresource");
    requireNonNull(time, "time");
    ignoredFields = Set.copyOf(ignoredFields);
  }
}
