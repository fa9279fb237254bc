package dev.mokha.bench;

import dev.mokha.bench.Processes.Group;
import dev.mokha.bench.Processes.Use;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What processes use while nothing is asked of them. */
@Command(
    name = "idle",
    description = "Say what processes of this machine use of CPU and memory.",
    mixinStandardHelpOptions = true)
final class IdleCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--seconds",
      paramLabel = "SECONDS",
      description = "Over what time (${DEFAULT-VALUE}).")
  private int seconds = 30;

  @Option(
      names = "--pids",
      paramLabel = "PID",
      split = ",",
      description = "Processes whose sum to give.")
  private List<Long> pids = new ArrayList<>();

  @Option(
      names = "--helpers",
      paramLabel = "NAME",
      split = ",",
      description = "Give also the memory of all processes of these names, such as conmon.")
  private List<String> helpers = new ArrayList<>();

  @Option(names = "--json", description = "Print the result as one line of JSON.")
  private boolean json;

  @Override
  public Integer call() {
    if (pids.isEmpty() && helpers.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "name processes with --pids PID,... or --helpers NAME,...");
    }
    Processes processes = Processes.ofThisMachine();
    Report report = new Report("idle");
    if (!pids.isEmpty()) {
      share(processes, report);
    }
    for (String name : helpers) {
      helpers(processes, name, report);
    }
    report.print(spec.commandLine().getOut(), json);
    return 0;
  }

  private void share(Processes processes, Report report) {
    report.setting("pids", pids).setting("seconds", seconds);
    PrintWriter err = spec.commandLine().getErr();
    long before = processes.cpuMillis(pids);
    long start = System.nanoTime();
    try (Progress progress = Progress.start(err, "seconds looked on", seconds)) {
      for (int i = 0; i < seconds; i++) {
        Cluster.pause(Duration.ofSeconds(1));
        progress.step();
      }
    }
    long cpu = processes.cpuMillis(pids) - before;
    double elapsed = Summary.millis(System.nanoTime() - start);
    Use use = processes.use(pids);
    report
        .value("CPU", 100 * cpu / elapsed, "% of a core")
        .value("RSS", use.rssKib() / 1024.0, "MiB")
        .value("PSS", use.pssKib() / 1024.0, "MiB");
  }

  private static void helpers(Processes processes, String name, Report report) {
    Group group = processes.named(name);
    double pss = group.pssKib() / 1024.0;
    report.value(name + " processes", group.count(), "").value(name + " PSS", pss, "MiB");
    if (group.count() > 0) {
      report.value(name + " PSS each", pss / group.count(), "MiB");
    }
  }
}
