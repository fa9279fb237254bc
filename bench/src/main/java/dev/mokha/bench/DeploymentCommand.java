package dev.mokha.bench;

import dev.mokha.bench.PodWatch.Moment;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.Kinds;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** One Deployment of many pods: the controllers, the scheduler and the nodes together. */
@Command(
    name = "deployment",
    description = "Create one Deployment, until all its pods are Ready; then delete it.",
    mixinStandardHelpOptions = true)
final class DeploymentCommand implements Callable<Integer> {
  private static final String NAME = "bench";

  @Mixin private ClusterOptions options = new ClusterOptions();
  @Mixin private PodOptions pods = new PodOptions();

  @Option(
      names = "--n",
      paramLabel = "N",
      description = "How many replicas (${DEFAULT-VALUE}); the nodes need room for them.")
  private int n = 100;

  @Override
  public Integer call() {
    try (Cluster cluster = options.open();
        PodWatch watch = PodWatch.start(cluster)) {
      Manifests manifests = pods.manifests(cluster.namespace());
      long start = System.nanoTime();
      cluster.of(Kinds.DEPLOYMENT).create(manifests.deployment(NAME, n));
      long running;
      long ready;
      try (Progress progress = cluster.progress("pods that are Ready", n)) {
        running = watch.awaitCount(n, Moment.RUNNING, progress);
        ready = watch.awaitCount(n, Moment.READY, progress);
      }
      long end = System.nanoTime();
      cluster
          .of(Kinds.DEPLOYMENT)
          .delete(cluster.namespace(), NAME, new DeleteOptions(null, "Background", "", ""));
      long gone;
      try (Progress progress = cluster.progress("pods that are gone", n)) {
        gone = watch.awaitCount(n, Moment.GONE, progress);
      }
      options.print(
          new Report("deployment")
              .setting("n", n)
              .setting("image", pods.image())
              .value("all Running", Summary.millis(running - start), "ms")
              .value("all Ready", Summary.millis(ready - start), "ms")
              .value("all deleted", Summary.millis(gone - end), "ms"));
    }
    return 0;
  }
}
