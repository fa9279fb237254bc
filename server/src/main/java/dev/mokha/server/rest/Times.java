package dev.mokha.server.rest;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Times as metadata has them: RFC 3339 in UTC, whole seconds. */
final class Times {
  private Times() {}

  static String of(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
