package dev.mokha.controllers;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The present, as API objects say it: whole seconds (RFC 3339). */
public final class Stamp {
  private Stamp() {}

  /** Now. */
  public static String now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
