package dev.mokha.docker.logging;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/**
 * A line of a container's output.
 *
 * @param time when it was written
 * @param error whether to the errors
 * @param text without the end of the line
 * @param partial where it belongs in a line that was too long for one; empty for a whole line
 */
public record LogLine(Instant time, boolean error, byte[] text, Optional<Partial> partial) {
  /** The longest line in one piece, in bytes; dockerd's bound too. */
  public static final int LONGEST = 16 << 10;

  /** Nothing may be null. */
  public LogLine {
    requireNonNull(time);
    requireNonNull(text);
    requireNonNull(partial);
  }

  /**
   * A piece of a line.
   *
   * @param id the same for all pieces of the line
   * @param ordinal 1 for the first
   * @param last whether the line ends with it
   */
  public record Partial(String id, int ordinal, boolean last) {}

  /** {@code stdout} or {@code stderr}. */
  public String stream() {
    return error ? "stderr" : "stdout";
  }

  /** As text; what is not UTF-8 is replaced. */
  public String string() {
    return new String(text, StandardCharsets.UTF_8);
  }
}
