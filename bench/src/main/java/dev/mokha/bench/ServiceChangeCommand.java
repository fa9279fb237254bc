package dev.mokha.bench;

import dev.mokha.api.object.Json;
import dev.mokha.bench.PodWatch.Moment;
import dev.mokha.client.ApiClient.PatchType;
import dev.mokha.client.Kinds;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/**
 * How soon traffic follows a change: two pods that answer with their names stand behind one
 * ClusterIP in turn, and this machine connects to it until the other one answers.
 */
@Command(
    name = "service-change",
    description = "Time from a change of a Service's endpoints to traffic; run it on a node.",
    mixinStandardHelpOptions = true)
final class ServiceChangeCommand implements Callable<Integer> {
  /** What is changed. */
  enum Change {
    /** The EndpointSlice: the service proxy alone. */
    SLICE,
    /** The Service's selector: the endpoints controller and the service proxy. */
    SELECTOR;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final String SERVICE = "change";
  private static final long BETWEEN_NANOS = 200_000;

  @Mixin private ClusterOptions options = new ClusterOptions();
  @Mixin private PodOptions pods = new PodOptions();

  @Option(names = "--n", paramLabel = "N", description = "How many changes (${DEFAULT-VALUE}).")
  private int n = 50;

  @Option(
      names = "--change",
      paramLabel = "WHAT",
      description =
          "slice (the EndpointSlice) or selector (the Service's, through the controller)"
              + " (${DEFAULT-VALUE}).")
  private Change change = Change.SLICE;

  private int failed;

  @Override
  public Integer call() {
    try (Cluster cluster = options.open();
        PodWatch watch = PodWatch.start(cluster)) {
      Map<String, String> backends = backends(cluster, watch);
      List<String> names = List.copyOf(backends.keySet());
      Connection address = service(cluster, backends);
      List<Long> fromWrite = new ArrayList<>();
      List<Long> fromAnswer = new ArrayList<>();
      try (Progress progress = cluster.progress("changes", n)) {
        for (int i = 1; i <= n; i++) {
          String to = names.get(i % 2);
          long start = System.nanoTime();
          change(cluster, to, backends.get(to));
          long answered = System.nanoTime();
          long seen = until(cluster, address, to);
          fromWrite.add(seen - start);
          fromAnswer.add(Math.max(0, seen - answered));
          progress.step();
        }
      }
      options.print(
          new Report("service-change")
              .setting("n", n)
              .setting("change", change)
              .durations("write to traffic", fromWrite)
              .durations("answer to traffic", fromAnswer)
              .value("failed connections", failed, ""));
    }
    return 0;
  }

  /** Two pods that serve; their addresses by their names. */
  private Map<String, String> backends(Cluster cluster, PodWatch watch) {
    Manifests manifests = pods.manifests(cluster.namespace());
    Map<String, String> addresses = new LinkedHashMap<>();
    List<String> names = List.of("a", "b");
    names.forEach(name -> cluster.of(Kinds.POD).create(manifests.servingPod(name)));
    for (String name : names) {
      watch.await(name, Moment.READY);
      Pod pod = cluster.of(Kinds.POD).get(cluster.namespace(), name);
      String address = pod.getStatus().getPodIP();
      if (!new Connection(address, Manifests.PORT).answer().equals(name)) {
        throw new BenchException(
            "pod %s can't be reached from here at %s:%d; run this on a node of the cluster"
                .formatted(name, address, Manifests.PORT));
      }
      addresses.put(name, address);
    }
    return addresses;
  }

  /** The Service, once its first backend answers. */
  private Connection service(Cluster cluster, Map<String, String> backends) {
    Manifests manifests = pods.manifests(cluster.namespace());
    String ip =
        cluster.of(Kinds.SERVICE).create(manifests.portOnly(SERVICE)).getSpec().getClusterIP();
    if (change == Change.SLICE) {
      cluster.of(Kinds.ENDPOINT_SLICE).create(manifests.slice(SERVICE, backends.get("a")));
    } else {
      change(cluster, "a", backends.get("a"));
    }
    Connection address = new Connection(ip, 80);
    if (!Cluster.await(() -> address.answer().equals("a"), cluster.timeout())) {
      throw new BenchException(
          "the Service at "
              + ip
              + " leads to no pod from here; run this on a node whose service proxy works");
    }
    return address;
  }

  private void change(Cluster cluster, String pod, String address) {
    ObjectNode patch = Json.MAPPER.createObjectNode();
    if (change == Change.SLICE) {
      ObjectNode endpoint = patch.putArray("endpoints").addObject();
      endpoint.putArray("addresses").add(address);
      endpoint.putObject("conditions").put("ready", true);
      cluster
          .of(Kinds.ENDPOINT_SLICE)
          .patch(cluster.namespace(), SERVICE + "-bench", "", PatchType.MERGE, patch);
    } else {
      patch.putObject("spec").putObject("selector").put(Manifests.APP, pod);
      cluster.of(Kinds.SERVICE).patch(cluster.namespace(), SERVICE, "", PatchType.MERGE, patch);
    }
  }

  private long until(Cluster cluster, Connection address, String pod) {
    long end = System.nanoTime() + cluster.timeout().toNanos();
    while (true) {
      String answer = address.answer();
      long now = System.nanoTime();
      if (answer.equals(pod)) {
        return now;
      }
      if (answer.isEmpty()) {
        failed++;
      }
      if (now > end) {
        throw new BenchException(
            "traffic did not follow a change in " + cluster.timeout().toSeconds() + " s");
      }
      LockSupport.parkNanos(BETWEEN_NANOS);
    }
  }
}
