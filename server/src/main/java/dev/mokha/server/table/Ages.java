package dev.mokha.server.table;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import tools.jackson.databind.JsonNode;

/** How long ago, the way kubectl says it: {@code 45s}, {@code 5m10s}, {@code 3h}, {@code 12d}. */
public final class Ages {
  private Ages() {}

  public static String ofObject(JsonNode object) {
    return since(object.path("metadata").path("creationTimestamp").asString(""));
  }

  public static String since(String timestamp) {
    if (timestamp.isEmpty()) {
      return "<unknown>";
    }
    try {
      return of(Duration.between(Instant.parse(timestamp), Instant.now()));
    } catch (DateTimeParseException e) {
      return "<unknown>";
    }
  }

  /** Two units where the first is small, one where it is large. */
  public static String of(Duration d) {
    long s = d.toSeconds();
    if (s < -1) {
      return "<invalid>";
    }
    if (s < 0) {
      return "0s";
    }
    long minutes = s / 60;
    long hours = s / 3600;
    long days = hours / 24;
    long years = hours / 24 / 365;
    if (s < 120) {
      return s + "s";
    }
    if (minutes < 10) {
      return two(minutes, "m", s % 60, "s");
    }
    if (minutes < 180) {
      return minutes + "m";
    }
    if (hours < 8) {
      return two(hours, "h", minutes % 60, "m");
    }
    if (hours < 48) {
      return hours + "h";
    }
    if (hours < 24 * 8) {
      return two(days, "d", hours % 24, "h");
    }
    if (hours < 24 * 365 * 2) {
      return days + "d";
    }
    if (hours < 24 * 365 * 8) {
      return two(years, "y", days % 365, "d");
    }
    return years + "y";
  }

  private static String two(long a, String unitA, long b, String unitB) {
    return b == 0 ? a + unitA : a + unitA + b + unitB;
  }
}
