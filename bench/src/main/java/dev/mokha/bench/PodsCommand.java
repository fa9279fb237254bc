package dev.mokha.bench;

import dev.mokha.bench.Manifests.ProbeKind;
import dev.mokha.bench.PodWatch.Moment;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.Kinds;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Pods, one at a time: how long one takes when nothing else goes on. */
@Command(
    name = "pods",
    description = "Start pods one at a time, each with a Secret volume, a probe and a Service.",
    mixinStandardHelpOptions = true)
final class PodsCommand implements Callable<Integer> {
  @Mixin private ClusterOptions options = new ClusterOptions();
  @Mixin private PodOptions pods = new PodOptions();

  @Option(
      names = "--n",
      paramLabel = "N",
      description = "How many pods (${DEFAULT-VALUE}), after the warm-up.")
  private int n = 30;

  @Option(
      names = "--warmup",
      paramLabel = "N",
      description = "Pods before those, not counted (${DEFAULT-VALUE}).")
  private int warmup = 2;

  @Option(
      names = "--probe",
      paramLabel = "KIND",
      description = "The readiness probe: exec, tcp or none (${DEFAULT-VALUE}).")
  private ProbeKind probe = ProbeKind.EXEC;

  @Option(
      names = "--plain",
      description = "Only a pod: no Secret, no probe, no Service; what peers often measure.")
  private boolean plain;

  @Option(
      names = "--gap",
      paramLabel = "MILLIS",
      description = "The rest between two pods (${DEFAULT-VALUE}).")
  private int gapMillis = 200;

  private final Map<String, Long> created = new LinkedHashMap<>();
  private final Map<String, Long> deleted = new LinkedHashMap<>();

  @Override
  public Integer call() {
    try (Cluster cluster = options.open();
        PodWatch watch = PodWatch.start(cluster)) {
      try (Progress progress = cluster.progress("pods, one at a time", n + warmup)) {
        for (int i = 1; i <= n + warmup; i++) {
          one(cluster, watch, "p-" + i, i > warmup);
          progress.step();
          Cluster.pause(Duration.ofMillis(gapMillis));
        }
      }
      options.print(
          new Report("pods")
              .setting("n", n)
              .setting("image", pods.image())
              .setting("probe", plain ? ProbeKind.NONE : probe)
              .setting("plain", plain)
              .durations("create to Running", watch.since(created, Moment.RUNNING))
              .durations("create to Ready", watch.since(created, Moment.READY))
              .durations("delete to gone", watch.since(deleted, Moment.GONE)));
    }
    return 0;
  }

  private void one(Cluster cluster, PodWatch watch, String name, boolean counts) {
    Manifests manifests = pods.manifests(cluster.namespace());
    if (!plain) {
      cluster.of(Kinds.SECRET).create(manifests.secret(name));
      cluster.of(Kinds.SERVICE).create(manifests.service(name));
    }
    long start = System.nanoTime();
    cluster
        .of(Kinds.POD)
        .create(
            plain
                ? manifests.plainPod(name)
                : manifests.pod(name, probe == ProbeKind.TCP, true, probe));
    watch.await(name, Moment.READY);
    long end = System.nanoTime();
    cluster.of(Kinds.POD).delete(cluster.namespace(), name, DeleteOptions.DEFAULT);
    watch.await(name, Moment.GONE);
    if (!plain) {
      cluster.of(Kinds.SERVICE).delete(cluster.namespace(), name, DeleteOptions.DEFAULT);
      cluster.of(Kinds.SECRET).delete(cluster.namespace(), name, DeleteOptions.DEFAULT);
    }
    if (counts) {
      created.put(name, start);
      deleted.put(name, end);
    }
  }
}
