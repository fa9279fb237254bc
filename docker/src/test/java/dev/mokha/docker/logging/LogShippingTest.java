package dev.mokha.docker.logging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.docker.TestDocker;
import dev.mokha.docker.TestDocker.Answer;
import dev.mokha.docker.logging.Receivers.Receiver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs of real containers on their way to a receiver, through all that may come between. */
final class LogShippingTest {
  @AutoClose private static TestDocker docker;

  @BeforeAll
  static void open() {
    docker = new TestDocker().withBusybox();
  }

  private static Answer create(String name, String command, String log, String more) {
    return docker.call(
        "POST",
        "/v1.50/containers/create?name=" + name,
        "{\"Image\":\"busybox\",\"Cmd\":[\"sh\",\"-c\",\""
            + command
            + "\"],\"HostConfig\":{\"LogConfig\":"
            + log
            + more
            + "}}");
  }

  private static void run(String name, String command, String log, String more) {
    Answer made = create(name, command, log, more);
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    Answer started = docker.call("POST", "/containers/" + name + "/start");
    assertThat(started.status()).as(started.text()).isEqualTo(204);
  }

  private static String gelf(int port, String more) {
    return "{\"Type\":\"gelf\",\"Config\":{\"gelf-address\":\"tcp://127.0.0.1:"
        + port
        + "\",\"gelf-tcp-max-reconnect\":\"0\",\"tag\":\"{{.Name}}\""
        + more
        + "}}";
  }

  private static String message(Receiver receiver) throws InterruptedException {
    String json = receiver.text();
    return json == null
        ? null
        : dev.mokha.docker.http.Json.MAPPER.readTree(json).path("short_message").asString();
  }

  private static void await(String name) {
    docker.call("POST", "/containers/" + name + "/wait");
  }

  @Test
  void linesAreSentAndCanStillBeRead() throws Exception {
    try (Receiver receiver = Receivers.tcp(0, 0)) {
      run("said", "echo one; echo two >&2", gelf(receiver.port(), ""), "");
      assertThat(List.of(message(receiver), message(receiver)))
          .containsExactlyInAnyOrder("one", "two");
      await("said");
      assertThat(docker.call("GET", "/containers/said/logs?stdout=1").text()).contains("one");
      assertThat(docker.call("GET", "/containers/said/json").json().path("LogPath").asString())
          .isEmpty();
      run("hidden", "echo x", gelf(receiver.port(), ",\"cache-disabled\":\"true\""), "");
      assertThat(message(receiver)).isEqualTo("x");
      assertThat(docker.call("GET", "/containers/hidden/logs?stdout=1").message())
          .isEqualTo("configured logging driver does not support reading");
    }
  }

  @Test
  void aContainerThatRemovesItselfIsHeardToTheEnd() throws Exception {
    try (Receiver receiver = Receivers.tcp(0, 0)) {
      run(
          "gone",
          "for i in 1 2 3 4 5 6 7 8 9; do echo $i; done",
          gelf(receiver.port(), ""),
          ",\"AutoRemove\":true");
      for (int i = 1; i < 10; i++) {
        assertThat(message(receiver)).isEqualTo(Integer.toString(i));
      }
    }
  }

  @Test
  void whatAReceiverMissesIsSentWhenItIsBack() throws Exception {
    Receiver first = Receivers.tcp(0, 0);
    String loop = "echo first; while ! [ -e /go ]; do sleep 0.05; done; echo second; echo third";
    run("waits", loop, gelf(first.port(), ""), "");
    assertThat(message(first)).isEqualTo("first");
    first.close();
    docker.send(
        "PUT",
        "/containers/waits/archive?path=/",
        java.util.Map.of("Content-Type", "application/x-tar"),
        TestDocker.tar(java.util.Map.of("go", "")));
    await("waits"); // it ends although nobody takes what it says
    try (Receiver second = Receivers.tcp(first.port(), 0)) {
      assertThat(message(second)).isEqualTo("second");
      assertThat(message(second)).isEqualTo("third");
    }
  }

  @Test
  void anotherDaemonGoesOnWhereTheLastOneWas() throws Exception {
    try (Receiver receiver = Receivers.tcp(0, 0)) {
      String loop =
          "i=0; while [ $i -lt 400 ]; do echo $i; i=$((i+1)); [ $((i%40)) = 0 ] && sleep 0.1;"
              + " done";
      run("counts", loop, gelf(receiver.port(), ""), "");
      Set<Integer> heard = new TreeSet<>();
      heard.add(Integer.parseInt(message(receiver)));
      docker.restart();
      docker.restart();
      await("counts");
      // At least once; what came over the connection of an earlier daemon may be read later.
      while (heard.size() < 400) {
        String next = message(receiver);
        assertThat(next).as("there is more than " + heard.size() + " lines").isNotNull();
        heard.add(Integer.parseInt(next));
      }
      docker.restart();
      assertThat(docker.call("DELETE", "/containers/counts").status()).isEqualTo(204);
    }
  }

  @Test
  void aReceiverThatIsNotThereKeepsAContainerFromStarting() throws Exception {
    int port;
    try (Receiver receiver = Receivers.tcp(0, 0)) {
      port = receiver.port();
    }
    assertThat(create("mute", "true", gelf(port, ""), "").status()).isEqualTo(201);
    Answer refused = docker.call("POST", "/containers/mute/start");
    assertThat(refused.status()).isEqualTo(500);
    assertThat(refused.message())
        .startsWith(
            "failed to create task for container: failed to initialize logging driver: dial"
                + " tcp://127.0.0.1:"
                + port);
    assertThat(create("bad", "true", "{\"Type\":\"splunk\"}", "").message())
        .isEqualTo("error looking up logging plugin splunk: plugin \"splunk\" not found");
    assertThat(
            create("bad", "true", "{\"Type\":\"local\",\"Config\":{\"tag\":\"x\"}}", "").message())
        .isEqualTo("unknown log opt 'tag' for log driver local");
    assertThat(docker.call("GET", "/info").json().at("/Plugins/Log").toString())
        .contains("syslog", "gelf", "fluentd", "journald");
  }

  @Test
  void whatDoesNotFitTheBufferIsDropped() throws Exception {
    Receiver first = Receivers.tcp(0, 0);
    run(
        "floods",
        "echo first; while ! [ -e /go ]; do sleep 0.05; done; i=0; while [ $i -lt 2000 ]; do echo"
            + " line-$i-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; i=$((i+1)); done",
        gelf(first.port(), ",\"mode\":\"non-blocking\",\"max-buffer-size\":\"10k\""),
        "");
    assertThat(message(first)).isEqualTo("first");
    first.close();
    docker.send(
        "PUT",
        "/containers/floods/archive?path=/",
        java.util.Map.of("Content-Type", "application/x-tar"),
        TestDocker.tar(java.util.Map.of("go", "")));
    await("floods");
    // What came while nobody listened is more than the buffer holds: the oldest is dropped.
    Thread.sleep(300); // until the next attempt has failed and seen that
    try (Receiver second = Receivers.tcp(first.port(), 0)) {
      int heard = 0;
      String last = "";
      while (!last.startsWith("line-1999-")) {
        last = message(second);
        assertThat(last).isNotNull();
        heard++;
      }
      assertThat(heard).isLessThan(400);
    }
  }

  @TempDir Path directory;

  private static String row(int number, String flag, String text) {
    return Instant.EPOCH
            .plusSeconds(1_800_000_000L + number)
            .toString()
            .replace("Z", ".000000000+00:00")
        + " stdout "
        + flag
        + " "
        + text
        + "\n";
  }

  @Test
  void aTailFollowsItsFileThroughRotation() throws Exception {
    Path log = directory.resolve("output.log");
    Files.writeString(log, row(1, "F", "one") + row(2, "P", "tw"));
    LogPosition position;
    try (LogTail tail = new LogTail(log, LogPosition.BEGIN)) {
      assertThat(tail.next().string()).isEqualTo("one");
      assertThat(tail.next()).isNull(); // the second is not whole
      position = tail.position();
      Files.writeString(log, row(3, "F", "o"), StandardOpenOption.APPEND);
      Files.move(log, directory.resolve("output.log.20270115-080000.000"));
      assertThat(tail.next().string()).isEqualTo("two");
      assertThat(tail.next()).isNull(); // no new file yet
      Files.writeString(log, row(4, "F", "three"));
      assertThat(tail.next().string()).isEqualTo("three");
      assertThat(tail.backlog()).isZero();
      Files.writeString(log, row(5, "F", "four"), StandardOpenOption.APPEND);
      assertThat(tail.backlog()).isEqualTo(row(5, "F", "four").length());
    }
    try (LogTail again = new LogTail(log, position)) { // finds the file that was moved
      assertThat(again.next().string()).isEqualTo("two");
    }
    // Compressed since: the place is found by the time.
    Path moved = directory.resolve("output.log.20270115-080000.000");
    try (var out =
        new java.util.zip.GZIPOutputStream(
            Files.newOutputStream(directory.resolve("output.log.20270115-080000.000.gz")))) {
      Files.copy(moved, out);
    }
    Files.delete(moved);
    try (LogTail again = new LogTail(log, position)) {
      List<String> heard = new ArrayList<>();
      for (LogLine line = again.next(); line != null; line = again.next()) {
        heard.add(line.string());
      }
      assertThat(heard).endsWith("three", "four").doesNotContain("one");
    }
  }

  @Test
  void aLineThatIsTooLongComesInPieces() throws Exception {
    Path log = directory.resolve("output.log");
    String piece = "x".repeat(8191);
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 5; i++) {
      rows.append(row(i, "P", piece));
    }
    Files.writeString(log, rows.append(row(6, "F", "end")).append(row(7, "F", "short")));
    try (LogTail tail = new LogTail(log, LogPosition.BEGIN)) {
      List<LogLine> lines = new ArrayList<>();
      for (LogLine line = tail.next(); line != null; line = tail.next()) {
        lines.add(line);
      }
      assertThat(lines).hasSize(3);
      LogLine first = lines.getFirst();
      assertThat(first.partial().orElseThrow().ordinal()).isEqualTo(1);
      assertThat(first.partial().orElseThrow().last()).isFalse();
      LogLine last = lines.get(1);
      assertThat(last.partial().orElseThrow().last()).isTrue();
      assertThat(last.partial().orElseThrow().id()).isEqualTo(first.partial().orElseThrow().id());
      assertThat(first.text().length + last.text().length).isEqualTo(5 * 8191 + 3);
      assertThat(lines.getLast().partial()).isEmpty();
    }
  }
}
