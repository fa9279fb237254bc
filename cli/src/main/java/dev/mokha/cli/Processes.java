package dev.mokha.cli;

import static java.util.Objects.requireNonNull;

import dev.mokha.cli.join.JoinedNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;

/**
 * The supervised processes of an instance: {@code daemon} (the server and the first node) and
 * {@code node-2}, {@code node-3} ... (further nodes, each in a network namespace of its own).
 */
final class Processes {
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(60);

  private final Instance instance;

  Processes(Instance instance) {
    this.instance = requireNonNull(instance, "instance");
  }

  static String nameOf(int node) {
    return node == 1 ? "daemon" : node == JoinedNode.NUMBER ? "agent" : "node-" + node;
  }

  /** The nodes of an instance on this machine: 1, 2 ..., or the one that has joined a cluster. */
  static List<Integer> nodes(Instance instance, Settings settings) {
    return JoinedNode.read(instance).isPresent()
        ? List.of(JoinedNode.NUMBER)
        : IntStream.rangeClosed(1, settings.nodes()).boxed().toList();
  }

  /** The process of a node, if it lives. */
  long pid(int node) {
    return instance.livingPid(nameOf(node) + ".pid");
  }

  /** True when a supervisor keeps the node's process. */
  boolean isSupervised(int node) {
    return instance.livingPid(nameOf(node) + ".supervisor.pid") != 0;
  }

  /** Starts a node's process under a supervisor; does nothing when there is one. */
  void start(int node) {
    if (isSupervised(node)) {
      return;
    }
    String name = nameOf(node);
    try {
      Files.deleteIfExists(instance.runDir().resolve(name + ".stop"));
      List<String> command = new ArrayList<>();
      command.add("setsid");
      command.add(home().resolve("libexec/supervise").toString());
      command.add(instance.runDir().toString());
      command.add(name);
      command.add(instance.log(name).toString());
      command.addAll(java(node));
      new ProcessBuilder(command)
          .directory(Path.of("/").toFile())
          .redirectInput(Path.of("/dev/null").toFile())
          .redirectOutput(ProcessBuilder.Redirect.appendTo(instance.log(name).toFile()))
          .redirectErrorStream(true)
          .start();
    } catch (IOException e) {
      throw new UserError("the process " + name + " can't be started: " + e.getMessage());
    }
  }

  /** The command line of a node's process. */
  List<String> java(int node) {
    List<String> command = new ArrayList<>(inNamespace(node));
    command.addAll(jvm(node == 1 ? "-Xmx384m" : "-Xmx192m"));
    command.add("dev.mokha.cli.Main");
    command.add("daemon");
    command.add("--data-dir=" + instance.dataDir());
    command.add("--node=" + node);
    return command;
  }

  /** Runs a command of this program as the node would: in its namespace. */
  int runOnNode(int node, String subcommand) {
    List<String> command = new ArrayList<>(inNamespace(node));
    command.addAll(jvm("-Xmx128m"));
    command.add("dev.mokha.cli.Main");
    command.add(subcommand);
    command.add("--data-dir=" + instance.dataDir());
    command.add("--node=" + node);
    try {
      return new ProcessBuilder(command).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw new UserError("node " + node + " can't be reached: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private List<String> inNamespace(int node) {
    // Who joined runs where join was called.
    return node == 1 || node == JoinedNode.NUMBER
        ? List.of()
        : List.of("nsenter", "--net=" + NodeNamespace.path(instance, node), "--");
  }

  /** A JVM with this program's class path. */
  static List<String> jvm(String... more) {
    List<String> command = new ArrayList<>();
    command.add(System.getenv().getOrDefault("MOKHA_JAVA", javaOfThisProcess()));
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-XX:+UseCompactObjectHeaders",
            // The JVM would begin with a 64th of the machine's memory, and keep what it once took.
            "-Xms32m",
            "-XX:MaxNewSize=48m",
            "-XX:MinHeapFreeRatio=10",
            "-XX:MaxHeapFreeRatio=30",
            // At once, not over four collections of all: after a burst there may be no second.
            "-XX:-ShrinkHeapInSteps",
            "-XX:ReservedCodeCacheSize=96m",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow"));
    String cache = System.getenv("MOKHA_AOT_CACHE");
    if (cache != null) {
      command.add("-XX:AOTCache=" + cache);
    }
    command.addAll(List.of(more));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    return command;
  }

  private static String javaOfThisProcess() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  static Path home() {
    String home = System.getenv("MOKHA_HOME");
    if (home == null) {
      throw new UserError("MOKHA_HOME is not set; start Mokha through its script, ./mokha");
    }
    return Path.of(home);
  }

  /** Stops a node's process and its supervisor; waits until both are gone. */
  void stop(int node) {
    String name = nameOf(node);
    Optional<ProcessHandle> supervisor = handle(instance.livingPid(name + ".supervisor.pid"));
    Optional<ProcessHandle> process = handle(pid(node));
    if (supervisor.isEmpty() && process.isEmpty()) {
      return; // Stopped already, perhaps with its whole run directory.
    }
    try {
      Files.writeString(instance.runDir().resolve(name + ".stop"), "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    supervisor.ifPresentOrElse(
        ProcessHandle::destroy, () -> process.ifPresent(ProcessHandle::destroy));
    process.ifPresent(Processes::awaitEnd);
    supervisor.ifPresent(Processes::awaitEnd);
  }

  /** Ends a node's process; its supervisor starts it again. Containers are not touched. */
  void restart(int node) {
    handle(pid(node)).ifPresent(ProcessHandle::destroy);
  }

  private static Optional<ProcessHandle> handle(long pid) {
    return pid == 0 ? Optional.empty() : ProcessHandle.of(pid);
  }

  private static void awaitEnd(ProcessHandle process) {
    try {
      process.onExit().get(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }
}
