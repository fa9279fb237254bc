package dev.mokha.engine.containers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** The file in which conmon leaves a run's exit code before it ends itself. */
final class ExitFile {
  private ExitFile() {}

  /**
   * An end.
   *
   * @param code exit code; 128 + signal
   * @param at when
   */
  record Exit(int code, Instant at) {}

  /** Its content; empty when it is not there or not whole. */
  static Optional<Exit> read(Path file) {
    try {
      String text = new String(Files.readAllBytes(file), StandardCharsets.US_ASCII).strip();
      return Optional.of(
          new Exit(Integer.parseInt(text), Files.getLastModifiedTime(file).toInstant()));
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }
}
