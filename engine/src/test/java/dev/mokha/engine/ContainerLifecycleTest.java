package dev.mokha.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.Container.ExecSpec;
import dev.mokha.engine.containers.Container.Status;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real containers from creation to removal. */
@Timeout(60)
class ContainerLifecycleTest {
  private static TestEngine test;

  @BeforeAll
  static void open() {
    test = TestEngine.withBusybox();
  }

  @AfterAll
  static void close() {
    if (test != null) {
      test.close();
    }
  }

  static ExecSpec command(String... words) {
    return new ExecSpec(List.of(words), List.of(), "", "", false, false, false);
  }

  @Test
  void runsLogsExitsAndLeavesNothing() throws Exception {
    var heard = new CopyOnWriteArrayList<Status>();
    test.engine().containers().onChange(c -> heard.add(c.state().status()));
    var spec = test.spec("sh", "-c", "echo out; echo err >&2; exit 7").build();
    Container container = test.engine().containers().create(spec);
    assertThat(container.state().status()).isEqualTo(Status.CREATED);
    assertThat(container.state().pid()).isPositive();
    container.start();
    assertThat(container.awaitExit()).isEqualTo(7);
    assertThat(container.state().status()).isEqualTo(Status.EXITED);
    assertThat(container.state().exitCode()).isEqualTo(7);
    assertThat(container.state().finished()).isNotNull();
    assertThat(Files.readAllLines(spec.logPath()))
        .hasSize(2)
        .anySatisfy(line -> assertThat(line).matches("\\S+ stdout F out"))
        .anySatisfy(line -> assertThat(line).matches("\\S+ stderr F err"));
    assertThat(heard).contains(Status.CREATED, Status.RUNNING, Status.EXITED);
    container.remove();
    assertThat(test.engine().containers().find(container.id())).isEmpty();
    assertThat(spec.logPath()).doesNotExist();
    assertThat(test.config().runDir().resolve("containers").resolve(container.id())).doesNotExist();
    assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain(container.id());
    assertThat(Path.of("/sys/fs/cgroup/memory" + test.config().cgroupRoot(), container.id()))
        .doesNotExist();
  }

  @Test
  void runsMoreProcessesInside() throws Exception {
    Container container = test.run("sleep", "1000");
    try (var exec = container.exec(command("sh", "-c", "echo hi; echo bad >&2; exit 3"))) {
      assertThat(new String(exec.stdout().readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo("hi\n");
      assertThat(new String(exec.stderr().readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo("bad\n");
      assertThat(exec.awaitExit()).isEqualTo(3);
    }
    try (var exec = container.exec(command("/no/such"))) {
      assertThat(exec.awaitExit()).isEqualTo(127);
    }
    try (var exec = container.exec(command("/etc/passwd"))) {
      assertThat(exec.awaitExit()).isEqualTo(126);
    }
    container.remove();
  }

  @Test
  void passesInputToAProcessAndClosesIt() throws Exception {
    Container container = test.run("sleep", "1000");
    var spec = new ExecSpec(List.of("cat"), List.of(), "", "", false, true, false);
    try (var exec = container.exec(spec)) {
      exec.stdin().write("word\n".getBytes(StandardCharsets.UTF_8));
      exec.stdin().close();
      assertThat(exec.stdout().readAllBytes()).asString().isEqualTo("word\n");
      assertThat(exec.awaitExit()).isZero();
    }
    container.remove();
  }

  @Test
  void stopsWithTheSignalThenKills() throws Exception {
    Container polite = test.run("sh", "-c", "trap 'exit 5' TERM; while true; do sleep 0.05; done");
    Container deaf = test.run("sh", "-c", "trap '' TERM; while true; do sleep 0.05; done");
    // A shell that has not yet set its trap would die of the signal.
    Thread.sleep(Duration.ofMillis(300));
    polite.stop(Duration.ofSeconds(20));
    assertThat(polite.state().exitCode()).isEqualTo(5);
    deaf.stop(Duration.ofMillis(200));
    assertThat(deaf.state().exitCode()).isEqualTo(137);
    polite.remove();
    deaf.remove();
  }

  @Test
  void refusesACommandThatIsNotThere() {
    var spec = test.spec("/no/such").build();
    assertThatThrownBy(() -> test.engine().containers().create(spec))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("/no/such");
    assertThat(test.engine().containers().list("")).isEmpty();
  }
}
