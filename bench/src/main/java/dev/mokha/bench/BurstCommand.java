package dev.mokha.bench;

import dev.mokha.bench.PodWatch.Moment;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.Kinds;
import dev.mokha.client.ListOptions;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Many pods at once. */
@Command(
    name = "burst",
    description = "Create many plain pods at once, until all run; then delete them at once.",
    mixinStandardHelpOptions = true)
final class BurstCommand implements Callable<Integer> {
  @Mixin private ClusterOptions options = new ClusterOptions();
  @Mixin private PodOptions pods = new PodOptions();

  @Option(names = "--n", paramLabel = "N", description = "How many pods (${DEFAULT-VALUE}).")
  private int n = 50;

  private final Map<String, Long> created = new ConcurrentHashMap<>();

  @Override
  public Integer call() {
    try (Cluster cluster = options.open();
        PodWatch watch = PodWatch.start(cluster)) {
      Manifests manifests = pods.manifests(cluster.namespace());
      long start = System.nanoTime();
      Load.run(
              n,
              n,
              i -> {
                String name = "p-" + i;
                created.put(name, System.nanoTime());
                cluster.of(Kinds.POD).create(manifests.plainPod(name));
              })
          .requireNoFailure();
      long running;
      long ready;
      try (Progress progress = cluster.progress("pods that run", n)) {
        running = watch.awaitCount(n, Moment.RUNNING, progress);
        ready = watch.awaitCount(n, Moment.READY, progress);
      }
      long end = System.nanoTime();
      cluster
          .client()
          .deleteCollection(
              Kinds.POD.resource(), cluster.namespace(), ListOptions.ALL, DeleteOptions.DEFAULT);
      long gone;
      try (Progress progress = cluster.progress("pods that are gone", n)) {
        gone = watch.awaitCount(n, Moment.GONE, progress);
      }
      options.print(
          new Report("burst")
              .setting("n", n)
              .setting("image", pods.image())
              .durations("create to Running", watch.since(created, Moment.RUNNING))
              .durations("create to Ready", watch.since(created, Moment.READY))
              .value("all Running", Summary.millis(running - start), "ms")
              .value("all Ready", Summary.millis(ready - start), "ms")
              .value("all deleted", Summary.millis(gone - end), "ms"));
    }
    return 0;
  }
}
