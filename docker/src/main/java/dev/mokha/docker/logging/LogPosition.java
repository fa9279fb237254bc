package dev.mokha.docker.logging;

import dev.mokha.docker.http.Json;
import dev.mokha.linux.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import tools.jackson.core.JacksonException;

/**
 * How far a log was sent.
 *
 * @param format of this record: 1
 * @param inode of the file; 0 when it is known no more
 * @param offset in it, of what comes next
 * @param time of the last line that was sent; by it the place is found when the file is gone or was
 *     compressed
 */
record LogPosition(int format, long inode, long offset, Instant time) {
  private static final int FORMAT = 1;

  /** Before everything. */
  static final LogPosition BEGIN = new LogPosition(FORMAT, 0, 0, Instant.EPOCH);

  static LogPosition of(long inode, long offset, Instant time) {
    return new LogPosition(FORMAT, inode, offset, time);
  }

  /** What is written down; the beginning when nothing readable is: then all is sent again. */
  static LogPosition read(Path file) {
    try {
      LogPosition read = Json.MAPPER.readValue(Files.readAllBytes(file), LogPosition.class);
      return read.time == null ? BEGIN : read;
    } catch (IOException | JacksonException e) {
      return BEGIN;
    }
  }

  void write(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    DurableFiles.replace(file, Json.MAPPER.writeValueAsBytes(this), false);
  }
}
