package dev.mokha.node.logs;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Optional;

/**
 * One line of a CRI log: {@code TIME STREAM TAGS CONTENT}. A line that was too long for one record
 * comes as several, all but the last tagged P (CRI's logging design).
 *
 * @param timestamp as it is written, RFC 3339 with nanoseconds
 * @param stream {@code stdout} or {@code stderr}
 * @param partial more of the same line follows
 * @param content without the newline
 */
public record LogLine(String timestamp, String stream, boolean partial, byte[] content) {
  /** Reads a record; empty when it is none, such as one cut off by a crash. */
  public static Optional<LogLine> parse(byte[] record, int from, int to) {
    int time = find(record, from, to);
    int stream = time < 0 ? -1 : find(record, time + 1, to);
    int tags = stream < 0 ? -1 : find(record, stream + 1, to);
    if (stream < 0) {
      return Optional.empty();
    }
    if (tags < 0) {
      tags = to;
    }
    String tag = text(record, stream + 1, tags);
    byte[] content = tags >= to ? new byte[0] : Arrays.copyOfRange(record, tags + 1, to);
    return Optional.of(
        new LogLine(
            text(record, from, time),
            text(record, time + 1, stream),
            tag.equals("P") || tag.startsWith("P:"),
            content));
  }

  private static int find(byte[] record, int from, int to) {
    for (int i = from; i < to; i++) {
      if (record[i] == ' ') {
        return i;
      }
    }
    return -1;
  }

  private static String text(byte[] record, int from, int to) {
    return new String(record, from, to - from, StandardCharsets.US_ASCII);
  }

  /** Whether it was written before a moment. */
  public boolean isBefore(Instant moment) {
    try {
      return OffsetDateTime.parse(timestamp).toInstant().isBefore(moment);
    } catch (DateTimeParseException e) {
      return false;
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LogLine l
        && timestamp.equals(l.timestamp)
        && stream.equals(l.stream)
        && partial == l.partial
        && Arrays.equals(content, l.content);
  }

  @Override
  public int hashCode() {
    return timestamp.hashCode() * 31 + Arrays.hashCode(content);
  }
}
