package dev.mokha.registry.storage;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** When files were last in use: their time of modification says it. */
final class LastUse {
  /** A use is written down no more often than this, as asking for a blob should cost no write. */
  private static final Duration RESOLUTION = Duration.ofSeconds(1);

  private final InstantSource clock;

  LastUse(InstantSource clock) {
    this.clock = requireNonNull(clock, "clock");
  }

  /** Writes down that a file is in use now; nothing happens when it is gone. */
  void touch(Path file) throws IOException {
    try {
      if (Duration.between(of(file), clock.instant()).abs().compareTo(RESOLUTION) > 0) {
        set(file);
      }
    } catch (NoSuchFileException e) {
      // Just removed; whoever wants it will see that.
    }
  }

  /** Writes down that a file is in use now, for the first time. */
  void set(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(clock.instant()));
  }

  /** When a file was last in use. */
  static Instant of(Path file) throws IOException {
    return Files.getLastModifiedTime(file).toInstant();
  }
}
