package dev.mokha.docker.http;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A moment as prune filters name it: a time ago ({@code 24h30m}), a date ({@code 2026-11-22},
 * {@code 2026-11-22T20:00:00Z}) or seconds since 1970.
 */
public final class Until {
  private static final Pattern UNIT =
      Pattern.compile("(\\d+(?:\\.\\d*)?|\\.\\d+)(ns|us|µs|ms|s|m|h)");
  private static final Pattern SECONDS = Pattern.compile("-?\\d{1,15}(?:\\.(\\d{1,9}))?");
  private static final Pattern DATE =
      Pattern.compile(
          "(\\d{4}-\\d\\d-\\d\\d)(?:T(\\d\\d)(:\\d\\d)?(:\\d\\d(?:\\.\\d{1,9})?)?)?(Z|[+-]\\d\\d:\\d\\d)?");

  private Until() {}

  /**
   * The {@code until} of a prune's filters.
   *
   * @throws DockerException 400 when it is none, or there are several
   */
  public static Optional<Instant> of(Filters filters, Instant now) {
    Set<String> values = filters.get("until");
    if (values.isEmpty()) {
      return Optional.empty();
    }
    if (values.size() > 1) {
      throw DockerException.invalid("more than one until filter specified");
    }
    return Optional.of(parse(values.iterator().next(), now));
  }

  /** Reads a moment; 400 when it is none. */
  public static Instant parse(String text, Instant now) {
    try {
      Optional<Duration> ago = duration(text);
      if (ago.isPresent()) {
        return now.minus(ago.get());
      }
      Matcher date = DATE.matcher(text);
      if (date.matches()) {
        return date(date);
      }
      if (SECONDS.matcher(text).matches()) {
        java.math.BigDecimal seconds = new java.math.BigDecimal(text);
        return Instant.ofEpochSecond(
            seconds.longValue(),
            seconds.remainder(java.math.BigDecimal.ONE).movePointRight(9).longValue());
      }
    } catch (DateTimeException | ArithmeticException e) {
      throw refused(text);
    }
    throw refused(text);
  }

  private static DockerException refused(String text) {
    return DockerException.invalid("failed to parse value as time or duration: \"" + text + "\"");
  }

  private static Instant date(Matcher date) {
    String time =
        (date.group(2) == null ? "00" : date.group(2))
            + (date.group(3) == null ? ":00" : date.group(3))
            + (date.group(4) == null ? ":00" : date.group(4));
    String local = date.group(1) + "T" + time;
    return date.group(5) == null
        ? LocalDateTime.parse(local).atZone(ZoneId.systemDefault()).toInstant()
        : OffsetDateTime.parse(local + date.group(5)).toInstant();
  }

  /** A duration in Go's words; none when it is something else. */
  private static Optional<Duration> duration(String text) {
    Matcher unit = UNIT.matcher(text);
    Duration sum = Duration.ZERO;
    int at = 0;
    while (at < text.length()) {
      if (!unit.find(at) || unit.start() != at) {
        return Optional.empty();
      }
      double nanos =
          switch (unit.group(2)) {
            case "ns" -> 1;
            case "us", "µs" -> 1e3;
            case "ms" -> 1e6;
            case "s" -> 1e9;
            case "m" -> 60e9;
            default -> 3600e9;
          };
      sum = sum.plusNanos((long) (Double.parseDouble(unit.group(1)) * nanos));
      at = unit.end();
    }
    return at == 0 ? Optional.empty() : Optional.of(sum);
  }
}
