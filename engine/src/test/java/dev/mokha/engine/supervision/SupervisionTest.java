package dev.mokha.engine.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.engine.TestEngine;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.Container.HealthStatus;
import dev.mokha.engine.containers.Container.Status;
import dev.mokha.engine.containers.ContainerEvent;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.HealthCheck;
import dev.mokha.engine.containers.Restart;
import dev.mokha.engine.containers.Restart.Policy;
import dev.mokha.engine.containers.Supervision;
import dev.mokha.linux.Signals;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real containers that are restarted and checked. */
@Timeout(90)
class SupervisionTest {
  @AutoClose private TestEngine test;

  @BeforeEach
  void open() {
    test = TestEngine.withBusybox();
    test.engine().containers().supervise();
  }

  private Container create(Policy policy, int maximum, String... words) {
    return create(new Supervision(new Restart(policy, maximum), null), words);
  }

  private Container create(Supervision supervision, String... words) {
    ContainerSpec spec = test.spec(words).owner("docker").build();
    return test.engine().containers().create(spec.toBuilder().supervision(supervision).build());
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(5);
    }
  }

  private long runs(Container container) throws Exception {
    return Files.exists(container.spec().logPath())
        ? Files.lines(container.spec().logPath()).count()
        : 0;
  }

  @Test
  void aFailureIsRestartedSoOftenAndNoMore() throws Exception {
    BlockingQueue<Status> heard = new LinkedBlockingQueue<>();
    test.engine().containers().onChange(c -> heard.add(c.state().status()));
    Container container = create(Policy.ON_FAILURE, 2, "sh", "-c", "echo run; exit 5");
    container.start();
    await(() -> container.state().status() == Status.EXITED);
    assertThat(container.restarts()).isEqualTo(2);
    assertThat(container.state().exitCode()).isEqualTo(5);
    assertThat(runs(container)).isEqualTo(3);
    assertThat(heard)
        .containsExactly(
            Status.CREATED,
            Status.RUNNING,
            Status.RESTARTING,
            Status.RUNNING,
            Status.RESTARTING,
            Status.RUNNING,
            Status.EXITED);
    container.start();
    assertThat(container.restarts()).as("somebody started it").isZero();
  }

  @Test
  void aStopEndsTheRestartsEvenInAPause() throws Exception {
    Container container = create(Policy.ALWAYS, 0, "sh", "-c", "echo run");
    container.start();
    await(() -> container.restarts() >= 2 && container.state().status() == Status.RESTARTING);
    container.stop(Duration.ofSeconds(1));
    assertThat(container.state().status()).isEqualTo(Status.EXITED);
    long before = runs(container);
    Thread.sleep(1000); // longer than the pause that was left
    assertThat(runs(container)).isEqualTo(before);
    assertThat(container.state().status()).isEqualTo(Status.EXITED);
  }

  @Test
  void aKilledOneComesBackOnlyWhenNobodyMeantItToEnd() throws Exception {
    Container container = create(Policy.UNLESS_STOPPED, 0, "sleep", "1000");
    container.start();
    int first = container.state().pid();
    Signals.send(first, Signals.KILL);
    await(() -> container.state().pid() != first && container.state().status() == Status.RUNNING);
    container.kill(Signals.KILL);
    await(() -> container.state().status() == Status.EXITED);
    assertThat(container.restarts()).isEqualTo(1);
  }

  @Test
  void whenTheDaemonComesBackWhatShouldRunRuns() throws Exception {
    Container always = create(Policy.ALWAYS, 0, "sleep", "1000");
    Container unless = create(Policy.UNLESS_STOPPED, 0, "sleep", "1000");
    Container failing = create(Policy.ON_FAILURE, 0, "sleep", "1000");
    Container running = create(Policy.ALWAYS, 0, "sleep", "1000");
    Container untouched = create(Policy.ALWAYS, 0, "sleep", "1000");
    for (Container each : List.of(always, unless, failing, running)) {
      each.start();
    }
    for (Container each : List.of(always, unless)) {
      each.stop(Duration.ZERO);
    }
    int pid = running.state().pid();
    test.engine().close();
    // One that ends while no daemon runs is treated as if one had been there.
    Signals.send(failing.state().pid(), Signals.KILL);
    var exit = test.config().runDir().resolve("exits").resolve(failing.id());
    await(() -> Files.exists(exit));
    test.reopen();
    test.engine().containers().supervise();
    Container alwaysNow = find(always);
    Container failingNow = find(failing);
    await(() -> alwaysNow.state().status() == Status.RUNNING);
    await(() -> failingNow.state().status() == Status.RUNNING);
    assertThat(failingNow.restarts()).isEqualTo(1);
    assertThat(find(unless).state().status()).isEqualTo(Status.EXITED);
    assertThat(find(untouched).state().status()).isEqualTo(Status.CREATED);
    assertThat(find(running).state().pid()).isEqualTo(pid);
  }

  private Container find(Container container) {
    return test.engine().containers().find(container.id()).orElseThrow();
  }

  private static Supervision checked(HealthCheck check) {
    return new Supervision(Restart.NEVER, check);
  }

  private static HealthCheck check(Duration timeout, int retries, String script) {
    Duration often = Duration.ofMillis(50);
    return new HealthCheck(
        List.of("sh", "-c", script), often, timeout, Duration.ZERO, often, retries);
  }

  @Test
  void healthFollowsTheChecksAndSurvivesTheDaemon() throws Exception {
    BlockingQueue<HealthStatus> heard = new LinkedBlockingQueue<>();
    test.engine()
        .containers()
        .onEvent(
            event -> {
              if (event instanceof ContainerEvent.HealthChanged changed) {
                heard.add(changed.status());
              }
            });
    Container container =
        create(
            checked(check(Duration.ofSeconds(10), 2, "echo looked; test -e /tmp/well")),
            "sleep",
            "1000");
    container.start();
    assertThat(container.health().status()).isEqualTo(HealthStatus.STARTING);
    assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo(HealthStatus.UNHEALTHY);
    assertThat(container.health().failingStreak()).isGreaterThanOrEqualTo(2);
    assertThat(container.health().log().getLast().output()).isEqualTo("looked\n");
    try (var tree = container.tree()) {
      Files.createFile(tree.root().resolve("tmp/well"));
      assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo(HealthStatus.HEALTHY);
      test.restart();
      Container after = find(container);
      assertThat(after.health().status()).isEqualTo(HealthStatus.HEALTHY);
      test.engine().containers().supervise();
      Files.delete(tree.root().resolve("tmp/well"));
      await(() -> after.health().status() == HealthStatus.UNHEALTHY);
      assertThat(after.health().log()).hasSize(5);
    }
  }

  @Test
  void aCheckThatTakesTooLongIsKilledAndHasFailed() throws Exception {
    Container container =
        create(
            checked(check(Duration.ofMillis(300), 1, "echo begun; exec sleep 777")),
            "sleep",
            "1000");
    container.start();
    await(() -> container.health().status() == HealthStatus.UNHEALTHY);
    assertThat(container.health().log().getFirst().exitCode()).isEqualTo(-1);
    assertThat(container.health().log().getFirst().output())
        .isEqualTo("Health check exceeded timeout (300ms): begun\n");
    container.respecify(spec -> spec.toBuilder().supervision(Supervision.NONE).build());
    await(() -> container.processes().size() == 1);
  }

  @Test
  void whatACheckSaysIsCutOff() throws Exception {
    Container container =
        create(
            checked(
                check(Duration.ofSeconds(20), 1, "dd if=/dev/zero bs=5000 count=1 2>/dev/null")),
            "sleep",
            "1000");
    container.start();
    await(() -> !container.health().log().isEmpty());
    assertThat(container.health().log().getFirst().output()).hasSize(4096 + 3).endsWith("...");
  }
}
