package dev.mokha.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.Container.Status;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.Mounts;
import dev.mokha.linux.Signals;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A daemon dies, and another finds everything as it was. */
@Timeout(90)
class AdoptionTest {
  @AutoClose private TestEngine test;

  @BeforeEach
  void open() {
    test = TestEngine.withBusybox();
  }

  @Test
  void containersGoOnWhenTheDaemonIsKilled() throws Exception {
    test.engine().close();
    Process daemon = daemon(DaemonProcess.class);
    String running;
    String exiting;
    int pid;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(daemon.getInputStream(), StandardCharsets.UTF_8))) {
      running = DaemonProcess.await(lines, "running ");
      pid = Integer.parseInt(DaemonProcess.await(lines, "pid "));
      exiting = DaemonProcess.await(lines, "exiting ");
      DaemonProcess.await(lines, "held");
      daemon.destroyForcibly().waitFor();
    }
    assertThat(ProcessHandle.of(pid)).as("the container outlives its daemon").isPresent();
    // The other one ends while no daemon runs: let it.
    Files.createFile(test.scratch().resolve("go"));
    Path exitFile = test.config().runDir().resolve("exits").resolve(exiting);
    while (!Files.exists(exitFile)) {
      Thread.sleep(10);
    }
    test.reopen();
    Container adopted = test.engine().containers().find(running).orElseThrow();
    assertThat(adopted.state().status()).isEqualTo(Status.RUNNING);
    assertThat(adopted.state().pid()).isEqualTo(pid);
    assertThat(adopted.state().started()).isNotNull();
    try (var exec = adopted.exec(ContainerLifecycleTest.command("echo", "still here"))) {
      assertThat(exec.stdout().readAllBytes()).asString().isEqualTo("still here\n");
    }
    heldExecsAreFoundAgain(adopted);
    Container ended = test.engine().containers().find(exiting).orElseThrow();
    assertThat(ended.awaitExit()).isEqualTo(3);
    assertThat(ended.state().status()).isEqualTo(Status.EXITED);
    assertThat(adopted.spec().owner()).isEqualTo("pod/test");
  }

  private void heldExecsAreFoundAgain(Container container) throws Exception {
    Container.ExecSession ticking = container.findExec("ticking").orElseThrow();
    assertThat(container.processes()).contains((long) ticking.pid());
    Files.createFile(test.scratch().resolve("enough"));
    assertThat(ticking.awaitExit()).isEqualTo(5);
    ticking.close();
    assertThat(container.findExec("ticking")).isEmpty();
    Container.ExecSession terminal = container.findExec("terminal").orElseThrow();
    assertThat(terminal.awaitExit()).isEqualTo(137);
    while (container.processes().contains((long) terminal.pid())) {
      Thread.sleep(5);
    }
    terminal.close();
    assertThat(container.findExec("terminal")).isEmpty();
    assertThat(container.findExec("other")).isEmpty();
  }

  private Process daemon(Class<?> main) throws Exception {
    List<String> words = new ArrayList<>();
    words.add(ProcessHandle.current().info().command().orElseThrow());
    words.add("--enable-native-access=ALL-UNNAMED");
    words.add("-XX:TieredStopAtLevel=1");
    words.add("-cp");
    words.add(DaemonProcess.classPath());
    words.add(main.getName());
    words.add(test.config().dataDir().toString());
    words.add(test.config().runDir().toString());
    words.add(test.config().cgroupRoot());
    words.add(test.scratch().toString());
    return new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  @RepeatedTest(5)
  void whereverTheDaemonIsKilledAnotherKnowsAndNothingIsLeft(RepetitionInfo round)
      throws Exception {
    test.engine().close();
    Process daemon = daemon(ChurningDaemon.class);
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(daemon.getInputStream(), StandardCharsets.UTF_8))) {
      DaemonProcess.await(lines, "churning");
      // Any moment will do, and another one each time.
      Thread.sleep(300 + 137L * round.getCurrentRepetition());
      daemon.destroyForcibly().waitFor();
    }
    test.reopen();
    test.engine().containers().prepareWith("docker", new ChurningDaemon.Marks(test.scratch()));
    List<Container> found = test.engine().containers().list("");
    assertThat(found).isNotEmpty();
    for (Container container : found) {
      Container.State state = container.state();
      Path mark = test.scratch().resolve("prepared-" + container.id());
      if (state.status() == Status.RUNNING) {
        assertThat(container.processes()).contains((long) state.pid());
        assertThat(mark).exists();
      } else {
        assertThat(state.status()).isIn(Status.CREATED, Status.EXITED);
        assertThat(container.processes()).isEmpty();
        assertThat(mark).doesNotExist();
        container.start(); // what was cut off can be begun again
        try (var tree = container.tree()) {
          assertThat(tree.root()).isDirectory();
        }
      }
    }
    found.forEach(Container::remove);
    assertNothingLeft();
    try (var stream = Files.newDirectoryStream(test.scratch())) {
      assertThat(stream).isEmpty();
    }
  }

  /** No mount, file, process or cgroup of any container. */
  private void assertNothingLeft() throws Exception {
    assertThat(test.mounts()).isEmpty();
    for (String place : List.of("containers", "runtime", "exits")) {
      assertThat(list(test.config().runDir().resolve(place))).as(place).isEmpty();
    }
    assertThat(list(test.config().dataDir().resolve("containers"))).isEmpty();
    assertThat(list(test.config().dataDir().resolve("snapshots/containers"))).isEmpty();
    String run = test.config().runDir().toString();
    assertThat(
            ProcessHandle.allProcesses()
                .map(process -> process.info().commandLine().orElse(""))
                .filter(line -> line.contains("conmon") && line.contains(run)))
        .isEmpty();
    try (var all = Files.walk(Path.of("/sys/fs/cgroup"), 4)) {
      assertThat(
              all.filter(path -> path.toString().contains(test.config().cgroupRoot() + "/"))
                  .filter(path -> path.getFileName().toString().matches("[0-9a-f]{64}")))
          .isEmpty();
    }
  }

  @Test
  void afterARebootContainersHaveExitedAndCanBeRemoved() throws Exception {
    Container container = test.run("sleep", "1000");
    String id = container.id();
    int pid = container.state().pid();
    test.engine().close();
    // A reboot: no process, no mount, nothing below /run; the disk as it was.
    int conmon =
        Integer.parseInt(
            Files.readString(test.config().runDir().resolve("containers/" + id + "/conmon.pid"))
                .strip());
    Signals.send(conmon, Signals.KILL);
    Signals.send(pid, Signals.KILL);
    while (ProcessHandle.of(pid).isPresent()) {
      Thread.sleep(5);
    }
    Mounts.unmountTree(test.config().runDir());
    DurableFiles.delete(test.config().runDir());
    test.reopen();
    Container after = test.engine().containers().find(id).orElseThrow();
    assertThat(after.state().status()).isEqualTo(Status.EXITED);
    assertThat(after.state().message()).contains("restarted");
    after.remove();
    assertThat(test.engine().containers().list("")).isEmpty();
    test.run("true").remove();
  }

  @Test
  void aContainerWhoseConmonDiesIsEndedAndToldSo() throws Exception {
    Container container = test.run("sleep", "1000");
    int conmon =
        Integer.parseInt(
            Files.readString(
                    test.config().runDir().resolve("containers/" + container.id() + "/conmon.pid"))
                .strip());
    Signals.send(conmon, Signals.KILL);
    assertThat(container.awaitExit()).isEqualTo(255);
    assertThat(container.state().message()).contains("conmon");
  }

  @Test
  void whatWasHalfMadeIsRemoved() throws Exception {
    String id = "ab".repeat(32);
    Path half = test.config().dataDir().resolve("containers").resolve(id);
    Container model = test.run("sleep", "1000");
    Path state =
        test.config().dataDir().resolve("containers").resolve(model.id()).resolve("state.json");
    Files.createDirectories(half);
    Files.copy(state, half.resolve("state.json"));
    Files.createDirectories(test.config().runDir().resolve("containers").resolve(id));
    Files.createDirectories(
        test.config().dataDir().resolve("snapshots/containers").resolve(id).resolve("upper"));
    test.restart();
    assertThat(test.engine().containers().find(id)).isEmpty();
    assertThat(half).doesNotExist();
    assertThat(test.config().runDir().resolve("containers").resolve(id)).doesNotExist();
    assertThat(test.config().dataDir().resolve("snapshots/containers").resolve(id)).doesNotExist();
    assertThat(test.engine().containers().find(model.id()).orElseThrow().state().status())
        .isEqualTo(Status.RUNNING);
  }

  @Test
  void twoEnginesDoNotShareADirectory() {
    assertThatThrownBy(() -> Engine.open(test.config()))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("Another Mokha uses");
  }

  @Test
  void manyContainersLeaveNothingBehind() throws Exception {
    List<Container> all = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      ContainerSpec spec = test.spec("sleep", "1000").build();
      all.add(test.engine().containers().create(spec));
    }
    all.get(0).start();
    all.get(1).start();
    all.get(1).kill(Signals.KILL);
    all.get(1).awaitExit();
    for (Container container : all) {
      container.remove();
    }
    assertThat(test.mounts()).isEmpty();
    assertThat(list(test.config().runDir().resolve("containers"))).isEmpty();
    assertThat(list(test.config().runDir().resolve("runtime"))).isEmpty();
    assertThat(list(test.config().runDir().resolve("exits"))).isEmpty();
    assertThat(list(test.config().dataDir().resolve("containers"))).isEmpty();
    assertThat(list(test.config().dataDir().resolve("snapshots/containers"))).isEmpty();
    for (Container container : all) {
      assertThat(
              ProcessHandle.allProcesses()
                  .filter(p -> p.info().commandLine().orElse("").contains(container.id())))
          .as("processes of %s", container.id())
          .isEmpty();
    }
  }

  private static List<Path> list(Path directory) throws Exception {
    try (var stream = Files.list(directory)) {
      return stream.toList();
    }
  }
}
