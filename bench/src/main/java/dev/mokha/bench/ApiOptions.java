package dev.mokha.bench;

import dev.mokha.bench.Processes.Use;
import dev.mokha.client.Kind;
import dev.mokha.client.Kinds;
import dev.mokha.client.ListOptions;
import dev.mokha.client.Typed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import picocli.CommandLine.Option;

/** What the commands that measure the API server alone share. */
final class ApiOptions {
  /** What is made, read and watched. */
  enum ObjectKind {
    /** ConfigMaps of 200 characters. */
    CONFIGMAPS(Kinds.CONFIG_MAP),
    /** Secrets of two keys. */
    SECRETS(Kinds.SECRET),
    /** Pods that no scheduler takes. */
    PODS(Kinds.POD);

    private final Kind<?> kind;

    ObjectKind(Kind<?> kind) {
      this.kind = kind;
    }

    @Override
    public String toString() {
      return kind.resource().resource();
    }

    private String path(String namespace) {
      return "%s/namespaces/%s/%s"
          .formatted(kind.resource().pathPrefix(), namespace, kind.resource().resource());
    }

    private byte[] body(Manifests manifests, String name) {
      return switch (this) {
        case CONFIGMAPS -> Typed.encode(manifests.configMap(name), Kinds.CONFIG_MAP).json();
        case SECRETS -> Typed.encode(manifests.secret(name), Kinds.SECRET).json();
        case PODS -> Typed.encode(manifests.unscheduledPod(name), Kinds.POD).json();
      };
    }
  }

  @Option(
      names = "--kind",
      paramLabel = "KIND",
      description = "configmaps, secrets or pods; pods are never scheduled (${DEFAULT-VALUE}).")
  private ObjectKind kind = ObjectKind.CONFIGMAPS;

  @Option(
      names = "--connections",
      paramLabel = "N",
      description = "How many connections to spread requests over (${DEFAULT-VALUE}).")
  private int connections = 4;

  @Option(
      names = "--pids",
      paramLabel = "PID",
      split = ",",
      description = "The server's processes, when it runs here: gives its CPU per operation.")
  private List<Long> pids = new ArrayList<>();

  ObjectKind kind() {
    return kind;
  }

  int connections() {
    return connections;
  }

  /** Where the objects are. */
  String path(Cluster cluster) {
    return kind.path(cluster.namespace());
  }

  /** The revision that the objects' list is at now. */
  String revision(Cluster cluster) {
    ListOptions one = new ListOptions("", "", "", 1, "", false, 0);
    return cluster.client().list(kind.kind.resource(), cluster.namespace(), one).resourceVersion();
  }

  /** Makes n objects whose names begin so, and times each. */
  Load.Result create(
      Cluster cluster, Requests requests, String prefix, int n, int concurrency, String what) {
    return create(cluster, requests, prefix, n, concurrency, what, new ConcurrentHashMap<>());
  }

  /** The same, and notes by the objects' names when each was sent. */
  Load.Result create(
      Cluster cluster,
      Requests requests,
      String prefix,
      int n,
      int concurrency,
      String what,
      Map<String, Long> sent) {
    Manifests manifests = new Manifests(cluster.namespace(), "bench.invalid/none", "1m", "4Mi", "");
    String path = path(cluster);
    try (Progress progress = cluster.progress(what, n)) {
      return Load.run(
              n,
              concurrency,
              i -> {
                byte[] body = kind.body(manifests, prefix + i);
                sent.put(prefix + i, System.nanoTime());
                requests.post(path, body);
                progress.step();
              })
          .requireNoFailure();
    }
  }

  /** What the server's processes use now. */
  Use use() {
    return Processes.ofThisMachine().use(pids);
  }

  /** Adds what the server's processes used for so many operations. */
  void used(Report report, Use before, int operations, String operation) {
    if (pids.isEmpty()) {
      return;
    }
    Use after = use();
    double cpu = after.cpuMillis() - before.cpuMillis();
    report
        .value("server CPU per " + operation, cpu / operations, "ms")
        .value("server RSS before", before.rssKib() / 1024.0, "MiB")
        .value("server RSS", after.rssKib() / 1024.0, "MiB")
        .value("server PSS before", before.pssKib() / 1024.0, "MiB")
        .value("server PSS", after.pssKib() / 1024.0, "MiB");
  }
}
