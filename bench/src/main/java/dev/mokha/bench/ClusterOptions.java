package dev.mokha.bench;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** What every command that talks to a cluster takes. */
final class ClusterOptions {
  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = "The cluster's kubeconfig; else the first of $KUBECONFIG, else ~/.kube/config.")
  private Path kubeconfig;

  @Option(
      names = "--context",
      paramLabel = "NAME",
      description = "A context of it; else the current one.")
  private String context = "";

  @Option(
      names = "--namespace",
      paramLabel = "NAME",
      description = "The namespace to make, work in and delete; else bench- and a number.")
  private String namespace = "bench-" + ThreadLocalRandom.current().nextInt(100_000, 1_000_000);

  @Option(names = "--keep", description = "Leave the namespace and what is in it.")
  private boolean keep;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "How long to wait for any one thing (${DEFAULT-VALUE}).")
  private int timeoutSeconds = 120;

  @Option(names = "--json", description = "Print the result as one line of JSON.")
  private boolean json;

  /** Makes the namespace. */
  Cluster open() {
    return Cluster.open(file(), context, namespace, keep, timeout(), err());
  }

  /** Prints a result. */
  void print(Report report) {
    report.print(spec.commandLine().getOut(), json);
  }

  Duration timeout() {
    return Duration.ofSeconds(timeoutSeconds);
  }

  String namespace() {
    return namespace;
  }

  boolean json() {
    return json;
  }

  PrintWriter err() {
    return spec.commandLine().getErr();
  }

  /** Where the cluster's kubeconfig is. */
  Path file() {
    if (kubeconfig != null) {
      return kubeconfig;
    }
    String named = System.getenv("KUBECONFIG");
    if (named != null && !named.isEmpty()) {
      return Path.of(named.split(java.io.File.pathSeparator)[0]);
    }
    Path own = Path.of(System.getProperty("user.home"), ".kube", "config");
    if (Files.exists(own)) {
      return own;
    }
    throw new BenchException("no kubeconfig: name the cluster's with --kubeconfig FILE");
  }
}
