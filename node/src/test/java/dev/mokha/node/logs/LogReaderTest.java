package dev.mokha.node.logs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogReaderTest {
  @TempDir Path dir;

  private static LogQuery query(OptionalLong tail, boolean timestamps, OptionalLong limit) {
    return new LogQuery(false, tail, Optional.empty(), timestamps, limit, "");
  }

  private String read(LogQuery query) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new LogReader(dir.resolve("0.log"), query, out, () -> false).run();
    return out.toString(StandardCharsets.UTF_8);
  }

  private void write(String file, String... lines) throws IOException {
    Files.writeString(
        dir.resolve(file),
        String.join("\n", lines) + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  @Test
  void readsAllLinesAndJoinsPartialOnes() throws Exception {
    write(
        "0.log",
        "2026-11-22T12:00:00.000000001Z stdout F one",
        "2026-11-22T12:00:01.000000001Z stdout P tw",
        "2026-11-22T12:00:01.000000002Z stdout F o",
        "2026-11-22T12:00:02.000000001Z stderr F three");
    assertThat(read(query(OptionalLong.empty(), false, OptionalLong.empty())))
        .isEqualTo("one\ntwo\nthree\n");
    assertThat(read(query(OptionalLong.empty(), true, OptionalLong.empty())))
        .contains("2026-11-22T12:00:01.000000001Z two\n");
  }

  @Test
  void tailCountsAJoinedLineOnce() throws Exception {
    write(
        "0.log",
        "2026-11-22T12:00:00Z stdout F one",
        "2026-11-22T12:00:01Z stdout P tw",
        "2026-11-22T12:00:01Z stdout F o",
        "2026-11-22T12:00:02Z stdout F three");
    assertThat(read(query(OptionalLong.of(2), false, OptionalLong.empty())))
        .isEqualTo("two\nthree\n");
    assertThat(read(query(OptionalLong.of(0), false, OptionalLong.empty()))).isEmpty();
    assertThat(read(query(OptionalLong.of(9), false, OptionalLong.empty())))
        .isEqualTo("one\ntwo\nthree\n");
  }

  @Test
  void tailFindsItsBeginningFarBack() throws Exception {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      lines.append("2026-11-22T12:00:00Z stdout F line ").append(i).append('\n');
    }
    Files.writeString(dir.resolve("0.log"), lines);
    String tail = read(query(OptionalLong.of(10_000), false, OptionalLong.empty()));
    assertThat(tail.lines()).hasSize(10_000).first().isEqualTo("line 10000");
  }

  @Test
  void readsRotatedFilesFirst() throws Exception {
    write("0.log.20261122-1", "2026-11-22T12:00:00Z stdout F old");
    write("0.log", "2026-11-22T12:00:02Z stdout F new");
    assertThat(read(query(OptionalLong.empty(), false, OptionalLong.empty())))
        .isEqualTo("old\nnew\n");
    assertThat(read(query(OptionalLong.of(2), false, OptionalLong.empty())))
        .isEqualTo("old\nnew\n");
  }

  @Test
  void limitsBytesAndTime() throws Exception {
    write("0.log", "2026-11-22T12:00:00Z stdout F one", "2026-11-22T12:00:02Z stdout F two");
    assertThat(read(query(OptionalLong.empty(), false, OptionalLong.of(5)))).isEqualTo("one\nt");
    LogQuery since =
        new LogQuery(
            false,
            OptionalLong.empty(),
            Optional.of(Instant.parse("2026-11-22T12:00:01Z")),
            false,
            OptionalLong.empty(),
            "");
    assertThat(read(since)).isEqualTo("two\n");
  }

  @Test
  void followsUntilTheContainerEnds() throws Exception {
    write("0.log", "2026-11-22T12:00:00Z stdout F one");
    AtomicBoolean running = new AtomicBoolean(true);
    CountDownLatch first = new CountDownLatch(1);
    ByteArrayOutputStream out =
        new ByteArrayOutputStream() {
          @Override
          public synchronized void write(byte[] bytes, int from, int length) {
            super.write(bytes, from, length);
            first.countDown();
          }
        };
    LogQuery query =
        new LogQuery(true, OptionalLong.empty(), Optional.empty(), false, OptionalLong.empty(), "");
    Thread reader =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    new LogReader(dir.resolve("0.log"), query, out, running::get).run();
                  } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                });
    assertThat(first.await(10, TimeUnit.SECONDS)).isTrue();
    write("0.log", "2026-11-22T12:00:02Z stdout F two");
    running.set(false);
    assertThat(reader.join(java.time.Duration.ofSeconds(10))).isTrue();
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("one\ntwo\n");
  }
}
