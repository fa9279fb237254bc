package dev.mokha.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Containers made, started, stopped and removed over and over; then the machine is as before. */
@Command(
    name = "soak",
    description = "Run containers over and over, and see that nothing of them stays.",
    mixinStandardHelpOptions = true)
final class SoakCommand implements Callable<Integer> {
  private static final Duration SETTLING = Duration.ofSeconds(15);

  @Spec private CommandSpec spec;

  @Option(
      names = "--host",
      paramLabel = "URL",
      description = "The engine's socket (${DEFAULT-VALUE}).")
  private String host = "unix:///run/mokha/docker.sock";

  @Option(
      names = "--image",
      paramLabel = "NAME",
      description = "An image the engine has, with sleep (${DEFAULT-VALUE}).")
  private String image = "busybox";

  @Option(names = "--cycles", paramLabel = "N", description = "How often (${DEFAULT-VALUE}).")
  private int cycles = 1000;

  @Option(
      names = "--clients",
      paramLabel = "N",
      description = "How many at the same time (${DEFAULT-VALUE}).")
  private int clients = 4;

  @Option(
      names = "--cgroups",
      paramLabel = "PATH",
      description = "The engine's own cgroup below each hierarchy (${DEFAULT-VALUE}).")
  private String cgroup = "mokha";

  @Override
  public Integer call() throws Exception {
    DockerCli docker = new DockerCli(host);
    cycle(docker, 0); // what the first container makes for all that follow
    Map<String, Long> before = MachineState.now(cgroup);
    AtomicInteger next = new AtomicInteger();
    List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
    try (Progress progress = Progress.start(spec.commandLine().getErr(), "cycles", cycles)) {
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        threads.add(
            Thread.startVirtualThread(
                () -> {
                  for (int n = next.incrementAndGet();
                      n <= cycles && failures.isEmpty();
                      n = next.incrementAndGet()) {
                    try {
                      cycle(docker, n);
                      progress.step();
                    } catch (Exception e) {
                      failures.add(e);
                    }
                  }
                }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }
    if (!failures.isEmpty()) {
      throw new BenchException("a cycle failed: " + failures.getFirst().getMessage());
    }
    Map<String, Long> after = settled(before);
    boolean same = true;
    for (Map.Entry<String, Long> kind : new TreeMap<>(before).entrySet()) {
      long left = after.getOrDefault(kind.getKey(), 0L) - kind.getValue();
      same &= left <= 0;
      spec.commandLine()
          .getOut()
          .printf(
              "%-28s %8d before, %8d after%n",
              kind.getKey(), kind.getValue(), kind.getValue() + left);
    }
    spec.commandLine().getOut().flush();
    return same ? 0 : 1;
  }

  /** What is taken away behind the client's back may take a while. */
  private Map<String, Long> settled(Map<String, Long> before) {
    Map<String, Long> now = MachineState.now(cgroup);
    for (int i = 0; i < SETTLING.toSeconds(); i++) {
      Map<String, Long> seen = now;
      if (before.entrySet().stream()
          .allMatch(e -> seen.getOrDefault(e.getKey(), 0L) <= e.getValue())) {
        break;
      }
      Cluster.pause(Duration.ofSeconds(1));
      now = MachineState.now(cgroup);
    }
    return now;
  }

  private void cycle(DockerCli docker, int number) throws Exception {
    String name = "soak-" + ProcessHandle.current().pid() + "-" + number;
    docker.run(
        "create", "--name", name, "-v", "/data", "-p", "127.0.0.1::80", image, "sleep", "600");
    docker.run("start", name);
    docker.run("exec", name, "true");
    docker.run("stop", "-t", "0", name);
    docker.run("rm", "-v", name);
  }
}
