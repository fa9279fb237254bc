package dev.mokha.fuzz;

import java.util.Locale;

/** What Jazzer calls; the system property {@code mokha.fuzz.target} says which target is fed. */
public final class Fuzz {
  private static final Target TARGET =
      Target.valueOf(
          System.getProperty("mokha.fuzz.target", "json")
              .toUpperCase(Locale.ROOT)
              .replace('-', '_'));

  private Fuzz() {}

  /** Jazzer's entry point. */
  public static void fuzzerTestOneInput(byte[] data) {
    TARGET.feed(data);
  }
}
