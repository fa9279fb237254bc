package dev.mokha.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.Container.ExecSpec;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Exec and attach, with and without terminal. */
@Timeout(60)
class ContainerStreamsTest {
  @AutoClose private static TestEngine test;

  @BeforeAll
  static void open() {
    test = TestEngine.withBusybox();
  }

  private static BufferedReader reader(java.io.InputStream in) {
    return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
  }

  private static void type(Container.ExecSession session, String text) throws Exception {
    session.stdin().write(text.getBytes(StandardCharsets.UTF_8));
    session.stdin().flush();
  }

  @Test
  void execOnATerminal() throws Exception {
    Container container = test.run("sleep", "1000");
    var spec = new ExecSpec(List.of("sh"), List.of("A=1"), "", "/tmp", true, true, false);
    try (var exec = container.exec(spec)) {
      BufferedReader out = reader(exec.stdout());
      type(exec, "tty; echo $A-$TERM; pwd; stty -echo\n");
      StringBuilder seen = new StringBuilder();
      while (!seen.toString().contains("/tmp\n")) {
        seen.append(out.readLine()).append('\n');
      }
      assertThat(seen.toString()).contains("/dev/pts/").contains("1-xterm");
      exec.resize(123, 45);
      type(exec, "stty size\n");
      String size = "";
      while (!size.contains("45 123")) {
        size = out.readLine();
        assertThat(size).as("the terminal ended before it told its size").isNotNull();
      }
      // On its own: the kernel throws away what a session's leader wrote in its last moment
      // (tty_ldisc_hangup), unless the reader was quick.
      type(exec, "exit 9\n");
      assertThat(exec.awaitExit()).isEqualTo(9);
    }
    container.remove();
  }

  @Test
  void aTerminalIsResizedBeforeTheNextProgramLooks() throws Exception {
    Container container = test.run("sleep", "1000");
    var spec = new ExecSpec(List.of("sh"), List.of(), "", "", true, true, false, false, 71, 17);
    try (var exec = container.exec(spec)) {
      BufferedReader out = reader(exec.stdout());
      type(exec, "stty -echo; stty size\n");
      String line = "";
      while (!line.contains("17 71")) {
        line = out.readLine();
        assertThat(line).as("the size it was made with").isNotNull();
      }
      for (int i = 1; i <= 20; i++) {
        exec.resize(100 + i, 20 + i);
        type(exec, "stty size\n");
        do {
          line = out.readLine();
        } while (!line.matches(".*\\d+ \\d+.*"));
        assertThat(line).contains((20 + i) + " " + (100 + i));
      }
    }
    container.remove();
  }

  @Test
  void anExecTellsItsProcessAndWhyItCouldNotRun() throws Exception {
    Container container = test.run("sleep", "1000");
    try (var exec = container.exec(ContainerLifecycleTest.command("sleep", "777"))) {
      while (exec.pid() == 0) {
        Thread.sleep(2);
      }
      assertThat(container.processes()).contains((long) exec.pid());
      assertThat(exec.failure()).isEmpty();
    }
    try (var exec = container.exec(ContainerLifecycleTest.command("/no/such"))) {
      assertThat(exec.awaitExit()).isEqualTo(127);
      assertThat(exec.pid()).isZero();
      assertThat(exec.failure()).contains("/no/such").doesNotContain("level=");
    }
    container.remove();
  }

  @Test
  void aDetachedExecGoesOnWithoutItsSession() throws Exception {
    Container container = test.run("sleep", "1000");
    var exec =
        container.exec(
            new ExecSpec(
                List.of("sh", "-c", "echo lost; sleep 777"),
                List.of(),
                "",
                "",
                false,
                false,
                false,
                true,
                0,
                0));
    while (container.processes().size() < 2) {
      Thread.sleep(2);
    }
    exec.close();
    test.restart();
    Container after = test.engine().containers().find(container.id()).orElseThrow();
    assertThat(after.processes()).hasSize(2);
    after.remove();
  }

  @Test
  void closingAnExecKillsItsProcess() throws Exception {
    Container container = test.run("sleep", "1000");
    var spec = new ExecSpec(List.of("sleep", "777"), List.of(), "", "", false, false, false);
    var exec = container.exec(spec);
    while (container.stats().pids() < 2) {
      Thread.sleep(5);
    }
    exec.close();
    while (container.stats().pids() > 1) {
      Thread.sleep(5);
    }
    container.remove();
  }

  @Test
  void execAsAnotherUserAndPrivileged() throws Exception {
    Container container = test.run("sleep", "1000");
    var asUser = new ExecSpec(List.of("id", "-u"), List.of(), "www-data", "", false, false, false);
    try (var exec = container.exec(asUser)) {
      assertThat(exec.stdout().readAllBytes()).asString().isEqualTo("33\n");
    }
    var privileged =
        new ExecSpec(
            List.of("grep", "CapEff", "/proc/self/status"), List.of(), "", "", false, false, true);
    try (var exec = container.exec(privileged)) {
      assertThat(exec.stdout().readAllBytes()).asString().doesNotContain("a80425fb");
    }
    container.remove();
  }

  @Test
  void manyBytesComeThroughWhole() throws Exception {
    Container container = test.run("sleep", "1000");
    var spec =
        new ExecSpec(
            List.of("dd", "if=/dev/zero", "bs=64k", "count=160"),
            List.of(),
            "",
            "",
            false,
            false,
            false);
    try (var exec = container.exec(spec)) {
      assertThat(exec.stdout().readAllBytes()).hasSize(160 * 65536);
      assertThat(exec.awaitExit()).isZero();
    }
    container.remove();
  }

  @Test
  void attachSeesBothStreamsAndSendsInput() throws Exception {
    var spec =
        test.spec("sh", "-c", "read a; echo got $a; read b; echo bad $b >&2; read c; exit 4")
            .stdin(true)
            .stdinOnce(true)
            .build();
    Container container = test.engine().containers().create(spec);
    container.start();
    try (var session = container.attach(true, true, true)) {
      type(session, "one\n");
      assertThat(reader(session.stdout()).readLine()).isEqualTo("got one");
      type(session, "two\n");
      assertThat(reader(session.stderr()).readLine()).isEqualTo("bad two");
      session.stdin().close();
      assertThat(session.awaitExit()).isEqualTo(4);
      assertThat(session.stdout().read()).isEqualTo(-1);
    }
    container.remove();
  }

  @Test
  void whatIsAttachedBeforeTheStartMissesNothing() throws Exception {
    for (int i = 0; i < 8; i++) {
      var spec =
          test.spec("sh", "-c", "echo first; cat; exit 2").stdin(true).stdinOnce(true).build();
      Container container = test.engine().containers().create(spec);
      try (var session = container.attach(true, true, true);
          var second = container.attach(false, true, false)) {
        Thread typist =
            Thread.ofVirtual()
                .start(
                    () -> {
                      try {
                        type(session, "typed before it ran\n");
                        session.stdin().close();
                      } catch (Exception e) {
                        throw new IllegalStateException(e);
                      }
                    });
        container.start();
        assertThat(session.stdout().readAllBytes())
            .asString()
            .isEqualTo("first\ntyped before it ran\n");
        assertThat(second.stdout().readAllBytes())
            .asString()
            .isEqualTo("first\ntyped before it ran\n");
        assertThat(session.awaitExit()).isEqualTo(2);
        typist.join();
      }
      container.remove();
    }
  }

  @Test
  void anInputThatEndedBeforeTheStartIsEmpty() throws Exception {
    var spec = test.spec("cat").stdin(true).stdinOnce(true).build();
    Container container = test.engine().containers().create(spec);
    try (var session = container.attach(true, true, true)) {
      session.stdin().close();
      container.start();
      assertThat(session.awaitExit()).isZero();
    }
    container.remove();
  }

  @Test
  void aTerminalHasItsSizeFromTheFirstMoment() throws Exception {
    Container container =
        test.engine().containers().create(test.spec("stty", "size").tty(true).stdin(true).build());
    container.resize(77, 22);
    try (var session = container.attach(true, true, true)) {
      container.start();
      assertThat(session.stdout().readAllBytes()).asString().contains("22 77");
    }
    container.remove();
  }

  @Test
  void attachToATerminal() throws Exception {
    Container container =
        test.engine().containers().create(test.spec("sh").tty(true).stdin(true).build());
    container.start();
    try (var session = container.attach(true, true, true)) {
      BufferedReader out = reader(session.stdout());
      session.resize(99, 33);
      type(session, "stty -echo; stty size\n");
      String line = "";
      while (!line.contains("33 99")) {
        line = out.readLine();
        assertThat(line).isNotNull();
      }
      type(session, "exit 6\n");
      assertThat(session.awaitExit()).isEqualTo(6);
    }
    container.remove();
  }

  @Test
  void pausedProcessesStandStillAndCanBeKilled() throws Exception {
    Container container = test.run("sh", "-c", "while true; do echo x; sleep 0.01; done");
    container.pause();
    assertThat(container.state().status()).isEqualTo(Container.Status.PAUSED);
    container.resume();
    assertThat(container.state().status()).isEqualTo(Container.Status.RUNNING);
    container.pause();
    container.stop(Duration.ofSeconds(1));
    assertThat(container.state().exitCode()).isEqualTo(137);
    container.remove();
  }

  @Test
  void aReopenedLogGoesOnInANewFile() throws Exception {
    var spec =
        test.spec("sh", "-c", "while read line; do echo $line; done")
            .stdin(true)
            .stdinOnce(false)
            .build();
    Container container = test.engine().containers().create(spec);
    container.start();
    try (var session = container.attach(true, true, false)) {
      BufferedReader out = reader(session.stdout());
      type(session, "before\n");
      assertThat(out.readLine()).isEqualTo("before");
      Path old = spec.logPath().resolveSibling("old.log");
      Files.move(spec.logPath(), old);
      container.reopenLog();
      while (!Files.exists(spec.logPath())) {
        Thread.sleep(5);
      }
      type(session, "after\n");
      assertThat(out.readLine()).isEqualTo("after");
      container.remove();
      assertThat(Files.readString(old)).contains("before").doesNotContain("after");
    }
  }
}
