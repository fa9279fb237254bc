package dev.mokha.docker.events;

import dev.mokha.docker.http.DockerException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/** Times as Docker's clients send them: {@code 1760000000} or {@code 1760000000.000000001}. */
public final class UnixTime {
  private static final int DIGITS = 9;

  private UnixTime() {}

  /**
   * Reads one; none when the text is empty.
   *
   * @param status of the refusal: dockerd has 400 in some places and 500 in others
   */
  public static Optional<Instant> parse(String text, int status) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    int dot = text.indexOf('.');
    long seconds = number(dot < 0 ? text : text.substring(0, dot), status);
    long nanos = 0;
    if (dot >= 0) {
      String fraction = text.substring(dot + 1);
      nanos = number(fraction, status);
      for (int i = fraction.length(); i < DIGITS; i++) {
        nanos *= 10;
      }
    }
    try {
      return Optional.of(Instant.ofEpochSecond(seconds, nanos));
    } catch (DateTimeException | ArithmeticException e) {
      throw new DockerException(status, "invalid time: " + text);
    }
  }

  private static long number(String text, int status) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new DockerException(
          status, "strconv.ParseInt: parsing \"" + text + "\": invalid syntax");
    }
  }
}
