package dev.mokha.server.http;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as parameters have them: {@code 1m30s}, {@code 500ms}, {@code 1.5h}. */
final class Durations {
  private static final Pattern PART = Pattern.compile("([0-9]*\\.?[0-9]+)(ns|us|µs|ms|s|m|h)");
  private static final Map<String, Double> NANOS =
      Map.of("ns", 1.0, "us", 1e3, "µs", 1e3, "ms", 1e6, "s", 1e9, "m", 60e9, "h", 3600e9);

  private Durations() {}

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException when it is none
   */
  static Duration parse(String text) {
    boolean negative = text.startsWith("-");
    String rest = negative || text.startsWith("+") ? text.substring(1) : text;
    if (rest.equals("0")) {
      return Duration.ZERO;
    }
    double nanos = 0;
    int at = 0;
    Matcher m = PART.matcher(rest);
    while (at < rest.length() && m.find(at) && m.start() == at) {
      nanos += Double.parseDouble(m.group(1)) * NANOS.get(m.group(2));
      at = m.end();
    }
    if (at != rest.length() || rest.isEmpty()) {
      throw new IllegalArgumentException("time: invalid duration \"" + text + "\"");
    }
    return Duration.ofNanos((long) Math.min(negative ? -nanos : nanos, Long.MAX_VALUE));
  }
}
