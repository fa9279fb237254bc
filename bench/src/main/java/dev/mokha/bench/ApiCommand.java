package dev.mokha.bench;

import dev.mokha.bench.Processes.Use;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The API server alone: rates and times of single kinds of requests. */
@Command(
    name = "api",
    description = "Measure the API server alone.",
    mixinStandardHelpOptions = true)
final class ApiCommand implements Runnable {
  /** How many of the watchers note each event's arrival. */
  private static final int SAMPLERS = 4;

  /** Watches on one connection; servers limit the streams of a connection, often to 100. */
  private static final int WATCHES_PER_CONNECTION = 50;

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "say what to measure: api create, get, list or watch");
  }

  @Command(name = "create", description = "Create objects.", mixinStandardHelpOptions = true)
  int create(
      @Mixin ClusterOptions options,
      @Mixin ApiOptions api,
      @Option(
              names = "--n",
              paramLabel = "N",
              defaultValue = "5000",
              description = "How many requests (${DEFAULT-VALUE}), after a tenth as a warm-up.")
          int n,
      @Option(
              names = "--concurrency",
              paramLabel = "N",
              defaultValue = "64",
              description = "How many at a time (${DEFAULT-VALUE}).")
          int concurrency) {
    try (Cluster cluster = options.open();
        Requests requests = new Requests(cluster.endpoint(), api.connections())) {
      api.create(cluster, requests, "w-", warmup(n), concurrency, "warm-up");
      Use before = api.use();
      Load.Result result = api.create(cluster, requests, "o-", n, concurrency, "created");
      Report report = report("api create", api, n, concurrency, result);
      api.used(report, before, n, "create");
      options.print(report);
    }
    return 0;
  }

  @Command(
      name = "get",
      description = "Get one object again and again.",
      mixinStandardHelpOptions = true)
  int get(
      @Mixin ClusterOptions options,
      @Mixin ApiOptions api,
      @Option(
              names = "--n",
              paramLabel = "N",
              defaultValue = "10000",
              description = "How many requests (${DEFAULT-VALUE}), after a tenth as a warm-up.")
          int n,
      @Option(
              names = "--concurrency",
              paramLabel = "N",
              defaultValue = "64",
              description = "How many at a time (${DEFAULT-VALUE}).")
          int concurrency) {
    try (Cluster cluster = options.open();
        Requests requests = new Requests(cluster.endpoint(), api.connections())) {
      api.create(cluster, requests, "o-", 1, 1, "created");
      options.print(
          read("api get", cluster, requests, api, api.path(cluster) + "/o-1", n, concurrency));
    }
    return 0;
  }

  @Command(
      name = "list",
      description = "List many objects again and again.",
      mixinStandardHelpOptions = true)
  int list(
      @Mixin ClusterOptions options,
      @Mixin ApiOptions api,
      @Option(
              names = "--n",
              paramLabel = "N",
              defaultValue = "40",
              description = "How many requests (${DEFAULT-VALUE}), after a tenth as a warm-up.")
          int n,
      @Option(
              names = "--concurrency",
              paramLabel = "N",
              defaultValue = "4",
              description = "How many at a time (${DEFAULT-VALUE}).")
          int concurrency,
      @Option(
              names = "--objects",
              paramLabel = "N",
              defaultValue = "10000",
              description = "How many objects there are (${DEFAULT-VALUE}).")
          int objects,
      @Option(
              names = "--page",
              paramLabel = "N",
              defaultValue = "0",
              description = "List only the first page of so many; 0 lists all (${DEFAULT-VALUE}).")
          int page) {
    try (Cluster cluster = options.open();
        Requests requests = new Requests(cluster.endpoint(), api.connections())) {
      api.create(cluster, requests, "o-", objects, 64, "objects to list");
      String path = api.path(cluster) + (page == 0 ? "" : "?limit=" + page);
      options.print(
          read("api list", cluster, requests, api, path, n, concurrency)
              .setting("objects", objects)
              .setting("page", page));
    }
    return 0;
  }

  private static Report read(
      String command,
      Cluster cluster,
      Requests requests,
      ApiOptions api,
      String path,
      int n,
      int concurrency) {
    Load.run(warmup(n), concurrency, _ -> requests.get(path)).requireNoFailure();
    long bytes = requests.get(path);
    Use before = api.use();
    Load.Result result;
    try (Progress progress = cluster.progress("answers", n)) {
      result =
          Load.run(
                  n,
                  concurrency,
                  _ -> {
                    requests.get(path);
                    progress.step();
                  })
              .requireNoFailure();
    }
    Report report = report(command, api, n, concurrency, result);
    report.value("size of an answer", bytes, "bytes");
    api.used(report, before, n, "request");
    return report;
  }

  @Command(
      name = "watch",
      description = "Let many watchers see objects being created.",
      mixinStandardHelpOptions = true)
  int watch(
      @Mixin ClusterOptions options,
      @Mixin ApiOptions api,
      @Option(
              names = "--n",
              paramLabel = "N",
              defaultValue = "500",
              description = "How many objects to create (${DEFAULT-VALUE}).")
          int n,
      @Option(
              names = "--concurrency",
              paramLabel = "N",
              defaultValue = "8",
              description = "How many at a time (${DEFAULT-VALUE}).")
          int concurrency,
      @Option(
              names = "--watchers",
              paramLabel = "N",
              defaultValue = "200",
              description = "How many watch (${DEFAULT-VALUE}).")
          int watchers) {
    int connections = Math.max(api.connections(), Math.ceilDiv(watchers, WATCHES_PER_CONNECTION));
    try (Cluster cluster = options.open();
        Requests writes = new Requests(cluster.endpoint(), 1);
        Requests watches = new Requests(cluster.endpoint(), connections)) {
      api.create(cluster, writes, "w-", warmup(n), concurrency, "warm-up");
      List<EventCounter> counters = begin(cluster, watches, api, watchers, n);
      try {
        watch(options, cluster, writes, api, counters, n, concurrency);
      } finally {
        counters.forEach(EventCounter::cancel);
      }
    }
    return 0;
  }

  private static List<EventCounter> begin(
      Cluster cluster, Requests watches, ApiOptions api, int watchers, int n) {
    String revision = api.revision(cluster);
    String path = api.path(cluster) + "?watch=true&resourceVersion=" + revision;
    List<EventCounter> counters = new ArrayList<>();
    List<CompletableFuture<?>> begun = new ArrayList<>();
    for (int i = 0; i < watchers; i++) {
      EventCounter counter = new EventCounter(n, i < SAMPLERS);
      counters.add(counter);
      begun.add(watches.stream(path, counter));
    }
    all(begun, cluster, "watches to begin");
    return counters;
  }

  private static void watch(
      ClusterOptions options,
      Cluster cluster,
      Requests writes,
      ApiOptions api,
      List<EventCounter> counters,
      int n,
      int concurrency) {
    Map<String, Long> sent = new ConcurrentHashMap<>();
    Use before = api.use();
    long start = System.nanoTime();
    Load.Result creates = api.create(cluster, writes, "o-", n, concurrency, "created", sent);
    all(counters.stream().map(EventCounter::all).toList(), cluster, "all watchers to see all");
    double seconds = (System.nanoTime() - start) / 1e9;
    int events = counters.stream().mapToInt(EventCounter::seen).sum();
    List<Long> late = new ArrayList<>();
    for (EventCounter counter : counters) {
      counter
          .arrivals()
          .forEach(
              (name, at) -> {
                Long from = sent.get(name);
                if (from != null) {
                  late.add(at - from);
                }
              });
    }
    Report report =
        report("api watch", api, n, concurrency, creates)
            .setting("watchers", counters.size())
            .durations("create to event", late)
            .value("events", events, "")
            .value("event rate", events / seconds, "/s");
    api.used(report, before, events, "event");
    options.print(report);
  }

  private static void all(
      List<? extends CompletableFuture<?>> parts, Cluster cluster, String what) {
    try (Progress progress = cluster.progress(what, parts.size())) {
      parts.forEach(part -> part.thenRun(progress::step));
      // A failed one ends the wait at once.
      CompletableFuture<?> failed = new CompletableFuture<>();
      parts.forEach(
          part ->
              part.exceptionally(
                  e -> {
                    failed.completeExceptionally(e);
                    return null;
                  }));
      CompletableFuture.anyOf(
              failed, CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new)))
          .get(cluster.timeout().toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new BenchException(e.getCause().getMessage(), e);
    } catch (TimeoutException e) {
      throw new BenchException(
          what + ": not after " + cluster.timeout().toSeconds() + " s; see --timeout", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }

  private static Report report(
      String command, ApiOptions api, int n, int concurrency, Load.Result result) {
    return new Report(command)
        .setting("kind", api.kind())
        .setting("n", n)
        .setting("concurrency", concurrency)
        .durations("request", result.nanos())
        .value("rate", result.perSecond(), "/s");
  }

  /** Enough for the driver's and the server's compilers to have seen the code. */
  private static int warmup(int n) {
    return Math.max(1, n / 10);
  }
}
