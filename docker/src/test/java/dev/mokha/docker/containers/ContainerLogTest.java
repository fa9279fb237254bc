package dev.mokha.docker.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs with older files beside them, read whole, from their end, and while they grow. */
final class ContainerLogTest {
  @TempDir private Path directory;
  private Path log;

  @BeforeEach
  void name() {
    log = directory.resolve("output.log");
  }

  private static String line(int number) {
    return "2026-11-22T20:00:0" + number + ".000000001+00:00 stdout F line" + number + "\n";
  }

  private void append(String text) throws IOException {
    Files.writeString(log, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static String rest(ContainerLog log) throws IOException {
    StringBuilder text = new StringBuilder();
    for (ContainerLog.Entry entry = log.next(); entry != null; entry = log.next()) {
      text.append(entry.stream() == 2 ? "E:" : "")
          .append(new String(entry.content(), StandardCharsets.UTF_8));
    }
    return text.toString();
  }

  @Test
  void readsStreamsAndLinesThatGoOn() throws IOException {
    append(line(1));
    append("2026-11-22T20:00:02.5+00:00 stderr F oops\n");
    append("2026-11-22T20:00:03+00:00 stdout P begin\n");
    append("2026-11-22T20:00:03+00:00 stdout F -end\n");
    append("broken\n");
    try (ContainerLog reader = new ContainerLog(log)) {
      assertThat(rest(reader)).isEqualTo("line1\nE:oops\nbegin-end\n");
    }
  }

  @Test
  void beginsWithTheOlderFiles() throws IOException {
    Path oldest = directory.resolve("output.log.20261122-195000.000.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(oldest))) {
      out.write(line(1).getBytes(StandardCharsets.US_ASCII));
    }
    Files.writeString(directory.resolve("output.log.20261122-195500.000"), line(2));
    append(line(3) + line(4));
    try (ContainerLog reader = new ContainerLog(log)) {
      assertThat(rest(reader)).isEqualTo("line1\nline2\nline3\nline4\n");
    }
    try (ContainerLog reader = new ContainerLog(log, 1)) {
      assertThat(rest(reader)).isEqualTo("line4\n");
    }
    try (ContainerLog reader = new ContainerLog(log, 3)) {
      assertThat(rest(reader)).isEqualTo("line2\nline3\nline4\n");
    }
    try (ContainerLog reader = new ContainerLog(log, 0)) {
      assertThat(rest(reader)).isEmpty();
      append(line(5));
      assertThat(rest(reader)).isEqualTo("line5\n");
    }
  }

  @Test
  void goesOnInTheNextFileAfterARotation() throws IOException {
    append(line(1));
    try (ContainerLog reader = new ContainerLog(log)) {
      assertThat(rest(reader)).isEqualTo("line1\n");
      Files.move(log, directory.resolve("output.log.20261122-200000.000"));
      assertThat(rest(reader)).isEmpty();
      Files.writeString(
          directory.resolve("output.log.20261122-200000.000"), line(2), StandardOpenOption.APPEND);
      append(line(3));
      assertThat(rest(reader)).isEqualTo("line2\nline3\n");
    }
  }
}
