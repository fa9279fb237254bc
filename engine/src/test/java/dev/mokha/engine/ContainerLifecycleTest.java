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
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real containers from creation to removal. */
@Timeout(60)
class ContainerLifecycleTest {
  @AutoClose private static TestEngine test;

  @BeforeAll
  static void open() {
    test = TestEngine.withBusybox();
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
    assertThat(container.state().pid()).isZero();
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

  /** A pod that is deleted while it starts has its worker interrupted. */
  @Test
  void whoeverIsInterruptedWhileItStartsLosesNoContainer() throws Exception {
    for (int i = 0; i < 16; i++) {
      Container container = test.engine().containers().create(test.spec("sleep", "1000").build());
      Thread starter =
          Thread.startVirtualThread(
              () -> {
                try {
                  container.start();
                } catch (EngineException interrupted) {
                  assertThat(interrupted.code()).isNotNull();
                }
              });
      boolean done = starter.join(java.time.Duration.ofMillis(i * 5L));
      starter.interrupt();
      assertThat(starter.join(java.time.Duration.ofSeconds(60)) || done).isTrue();
      Status status = container.state().status();
      assertThat(status).isIn(Status.CREATED, Status.RUNNING);
      if (status == Status.RUNNING) {
        container.kill(9);
        assertThat(container.awaitExit()).isEqualTo(137);
      }
      container.remove();
    }
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
  void aCommandThatIsNotThereFailsAtTheStartAndLeavesTheContainer() throws Exception {
    Container missing = test.engine().containers().create(test.spec("/no/such").build());
    var attached = missing.attach(false, true, true);
    assertThatThrownBy(missing::start)
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("/no/such");
    assertThat(missing.state().status()).isEqualTo(Status.CREATED);
    assertThat(missing.state().exitCode()).isEqualTo(127);
    assertThat(missing.state().message()).contains("/no/such");
    assertThat(attached.stdout().read()).as("attached sessions end").isEqualTo(-1);
    attached.close();
    Container plain = test.engine().containers().create(test.spec("/etc/passwd").build());
    assertThatThrownBy(plain::start).isInstanceOf(EngineException.class);
    assertThat(plain.state().exitCode()).isEqualTo(126);
    for (Container container : List.of(missing, plain)) {
      assertNothingRuns(container);
      container.remove();
    }
  }

  private static void assertNothingRuns(Container container) throws Exception {
    assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain(container.id());
    assertThat(test.config().runDir().resolve("containers").resolve(container.id())).doesNotExist();
    assertThat(test.config().runDir().resolve("runtime").resolve(container.id())).doesNotExist();
    assertThat(test.config().runDir().resolve("exits").resolve(container.id())).doesNotExist();
    assertThat(Path.of("/sys/fs/cgroup/memory" + test.config().cgroupRoot(), container.id()))
        .doesNotExist();
    assertThat(container.processes()).isEmpty();
  }

  @Test
  void runsAgainOnTheRootItLeftWithTheLogGoingOn() throws Exception {
    var spec = test.spec("sh", "-c", "echo run >>/runs; wc -l </runs; exit 3").build();
    Container container = test.engine().containers().create(spec);
    for (int run = 1; run <= 3; run++) {
      var next = container.nextRunExit();
      container.start();
      assertThat(next.get().exitCode()).isEqualTo(3);
      assertThat(container.state().status()).isEqualTo(Status.EXITED);
    }
    assertThat(container.nextExit()).isDone();
    assertThat(container.nextRunExit()).isNotDone();
    assertThat(Files.readAllLines(spec.logPath()))
        .extracting(line -> line.substring(line.lastIndexOf(' ') + 1))
        .containsExactly("1", "2", "3");
    assertThatThrownBy(
            () -> {
              var end = container.nextRunExit();
              container.remove();
              end.get();
            })
        .hasMessageContaining("removed");
  }

  @Test
  void aRunThatWasRefusedMayBeTriedAgain() throws Exception {
    var missing = test.scratch().resolve("late");
    var spec =
        test.spec("true")
            .mounts(
                List.of(
                    dev.mokha.engine.containers.ContainerSpec.Mount.bind(missing, "/late", true)))
            .build();
    Container container = test.engine().containers().create(spec);
    assertThatThrownBy(container::start).isInstanceOf(EngineException.class);
    assertNothingRuns(container);
    Files.createDirectories(missing);
    container.start();
    assertThat(container.awaitExit()).isZero();
    assertThat(container.state().message()).isEmpty();
    container.remove();
  }

  @Test
  void theRootCanBeSeenWhetherItRunsOrNot() throws Exception {
    Container container = test.engine().containers().create(test.spec("cat", "/put").build());
    try (var tree = container.tree()) {
      Files.writeString(tree.root().resolve("put"), "from outside");
      try (var second = container.tree()) {
        assertThat(second.root().resolve("put")).exists();
      }
      container.start();
      assertThat(container.awaitExit()).isZero();
      assertThat(tree.root().resolve("put")).hasContent("from outside");
    }
    assertThat(Files.readString(container.spec().logPath())).endsWith("from outside\n");
    // Released by the thread that clears away after the end.
    while (Files.readString(Path.of("/proc/self/mountinfo")).contains(container.id())) {
      Thread.sleep(2);
    }
    container.remove();
  }

  @Test
  void theOwnerPreparesEachRunAndIsToldOfItsEnd() throws Exception {
    var told = new CopyOnWriteArrayList<String>();
    var released = new java.util.concurrent.Semaphore(0);
    test.engine()
        .containers()
        .prepareWith(
            "prepared",
            new dev.mokha.engine.containers.Preparation() {
              @Override
              public dev.mokha.engine.containers.ContainerSpec prepare(
                  Container c, dev.mokha.engine.containers.ContainerSpec spec) {
                told.add("prepare");
                return spec.toBuilder().hostname("run" + told.size()).build();
              }

              @Override
              public void release(Container c) {
                told.add("release");
                released.release();
              }
            });
    var spec = test.spec("sh", "-c", "hostname; cat /no/such/file").owner("prepared").build();
    Container container = test.engine().containers().create(spec);
    for (int i = 0; i < 2; i++) {
      var end = container.nextRunExit();
      container.start();
      assertThat(end.get().exitCode()).isEqualTo(1);
      released.acquire();
    }
    assertThat(told).containsExactly("prepare", "release", "prepare", "release");
    assertThat(Files.readString(spec.logPath()))
        .contains("stdout F run1")
        .contains("stdout F run3");
    assertThat(container.spec().hostname()).isEmpty();
    container.remove();
  }

  @Test
  void processesAreListedTheFirstOneFirst() throws Exception {
    Container container = test.run("sh", "-c", "sleep 1000 & sleep 1001 & wait");
    while (container.processes().size() < 3) {
      Thread.sleep(2);
    }
    assertThat(container.processes().getFirst()).isEqualTo(container.state().pid());
    container.remove();
    assertThat(container.processes()).isEmpty();
  }

  @Test
  void aSpecificationIsChangedForLaterRuns() throws Exception {
    Container container = test.run("sh", "-c", "echo $A");
    container.awaitExit();
    container.respecify(spec -> spec.toBuilder().env(List.of("PATH=/bin", "A=changed")).build());
    container.start();
    container.awaitExit();
    assertThat(Files.readString(container.spec().logPath())).endsWith("stdout F changed\n");
    assertThatThrownBy(() -> container.respecify(spec -> spec.toBuilder().owner("another").build()))
        .isInstanceOf(EngineException.class);
    container.remove();
  }
}
