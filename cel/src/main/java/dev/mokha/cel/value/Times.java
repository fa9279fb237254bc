package dev.mokha.cel.value;

import dev.mokha.cel.CelEvaluationException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Instants (RFC 3339) and durations (Go's notation, {@code 1h30m}). */
public final class Times {
  private static final Pattern DURATION_PART =
      Pattern.compile("([0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)");
  private static final Map<String, Long> NANOS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "\u00b5s", 1_000L,
          "\u03bcs", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);
  private static final Instant LEAST = Instant.parse("0001-01-01T00:00:00Z");
  private static final Instant MOST = Instant.parse("9999-12-31T23:59:59.999999999Z");
  private static final BigDecimal LONGEST = BigDecimal.valueOf(Long.MAX_VALUE);

  private Times() {}

  /**
   * An instant of a text such as {@code 2026-01-01T00:00:00Z}, or the begin of a day.
   *
   * @throws CelEvaluationException for other texts
   */
  public static Instant parseInstant(String text) {
    try {
      if (text.length() == 10) {
        return LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
      }
      return checked(OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeException e) {
      throw new CelEvaluationException(
          "parsing time \"%s\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"%s\" as \"2006\""
              .formatted(text, text));
    }
  }

  /** The instant, when it is within CEL's range. */
  public static Instant checked(Instant instant) {
    if (instant.isBefore(LEAST) || instant.isAfter(MOST)) {
      throw new CelEvaluationException("timestamp overflow");
    }
    return instant;
  }

  /** Its RFC 3339 form in UTC. */
  public static String format(Instant instant) {
    return DateTimeFormatter.ISO_INSTANT.format(instant);
  }

  /**
   * A duration of a text such as {@code 1h30m} or {@code -1.5s}.
   *
   * @throws CelEvaluationException for other texts, and beyond some 290 years
   */
  public static Duration parseDuration(String text) {
    String rest = text;
    boolean negative = rest.startsWith("-");
    if (negative || rest.startsWith("+")) {
      rest = rest.substring(1);
    }
    if (rest.equals("0")) {
      return Duration.ZERO;
    }
    if (rest.isEmpty()) {
      throw new CelEvaluationException("time: invalid duration \"" + text + "\"");
    }
    BigDecimal nanos = BigDecimal.ZERO;
    Matcher part = DURATION_PART.matcher(rest);
    int at = 0;
    while (at < rest.length()) {
      part.region(at, rest.length());
      if (!part.lookingAt()) {
        throw new CelEvaluationException("time: invalid duration \"" + text + "\"");
      }
      String number = part.group(1).endsWith(".") ? part.group(1) + "0" : part.group(1);
      nanos =
          nanos.add(
              new BigDecimal(number)
                  .multiply(BigDecimal.valueOf(NANOS.get(part.group(2))))
                  .setScale(0, RoundingMode.DOWN));
      at = part.end();
    }
    if (nanos.compareTo(LONGEST) > 0) {
      throw new CelEvaluationException("time: invalid duration \"" + text + "\"");
    }
    Duration duration = Duration.ofNanos(nanos.longValue());
    return negative ? duration.negated() : duration;
  }

  /** In seconds, such as {@code 90s} or {@code 1.5s}. */
  public static String format(Duration duration) {
    BigDecimal seconds =
        BigDecimal.valueOf(duration.getSeconds())
            .add(BigDecimal.valueOf(duration.getNano(), 9))
            .stripTrailingZeros();
    return (seconds.scale() < 0 ? seconds.setScale(0) : seconds).toPlainString() + "s";
  }

  /**
   * A time zone of the IANA data base, or an offset such as {@code +02:00}.
   *
   * @throws CelEvaluationException when there is none of that name
   */
  public static ZoneId zone(String name) {
    try {
      return ZoneId.of(name.matches("\\d\\d:\\d\\d") ? "+" + name : name);
    } catch (DateTimeException e) {
      throw new CelEvaluationException("unknown time zone " + name);
    }
  }
}
