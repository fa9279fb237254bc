package dev.mokha.node.logs;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What of a log is wanted (PodLogOptions).
 *
 * @param follow go on while the container runs
 * @param tailLines only the last lines
 * @param since only lines from this moment on
 * @param timestamps each line begins with its time
 * @param limitBytes stop after so many bytes
 * @param stream {@code stdout} or {@code stderr} alone; empty for both
 */
public record LogQuery(
    boolean follow,
    OptionalLong tailLines,
    Optional<Instant> since,
    boolean timestamps,
    OptionalLong limitBytes,
    String stream) {
  /** Refuses nulls. */
  public LogQuery {
    requireNonNull(tailLines, "tailLines");
    requireNonNull(since, "since");
    requireNonNull(limitBytes, "limitBytes");
    requireNonNull(stream, "stream");
  }
}
