package dev.mokha.server.pipeline;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Counts requests and how long they took, under the names Kubernetes gives such figures. */
public final class RequestMetrics {
  private static final double[] BOUNDS = {
    0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45,
    60
  };

  private record Series(String verb, String group, String version, String resource, String sub) {
    static Series of(ApiCall call) {
      return new Series(
          call.verb().toUpperCase(Locale.ROOT),
          call.resource().group(),
          call.resource().type().gvr().version(),
          call.resource().resource(),
          call.subresource());
    }

    String labels() {
      return "group=\"%s\",resource=\"%s\",subresource=\"%s\",verb=\"%s\",version=\"%s\""
          .formatted(group, resource, sub, verb, version);
    }
  }

  private static final class Figures {
    final Map<Integer, LongAdder> byCode = new ConcurrentHashMap<>();
    final LongAdder[] buckets = new LongAdder[BOUNDS.length + 1];
    final LongAdder nanos = new LongAdder();

    Figures() {
      for (int i = 0; i < buckets.length; i++) {
        buckets[i] = new LongAdder();
      }
    }
  }

  private final Map<Series, Figures> all = new ConcurrentHashMap<>();

  /** Notes a request that is done. */
  void note(ApiCall call, int code, long nanos) {
    Figures f = all.computeIfAbsent(Series.of(call), s -> new Figures());
    f.byCode.computeIfAbsent(code, c -> new LongAdder()).increment();
    f.nanos.add(nanos);
    double seconds = nanos / 1e9;
    int i = 0;
    while (i < BOUNDS.length && seconds > BOUNDS[i]) {
      i++;
    }
    f.buckets[i].increment();
  }

  /** All figures in the text form of Prometheus. */
  public void write(StringBuilder out) {
    Map<String, Figures> sorted = new TreeMap<>();
    all.forEach((series, figures) -> sorted.put(series.labels(), figures));
    out.append("# HELP apiserver_request_total Requests by verb, resource and HTTP status.\n");
    out.append("# TYPE apiserver_request_total counter\n");
    sorted.forEach(
        (labels, f) ->
            f.byCode.forEach(
                (code, count) ->
                    out.append("apiserver_request_total{code=\"")
                        .append(code)
                        .append("\",")
                        .append(labels)
                        .append("} ")
                        .append(count.sum())
                        .append('\n')));
    out.append("# HELP apiserver_request_duration_seconds How long requests took.\n");
    out.append("# TYPE apiserver_request_duration_seconds histogram\n");
    sorted.forEach((labels, f) -> histogram(out, labels, f));
  }

  private static void histogram(StringBuilder out, String labels, Figures f) {
    String name = "apiserver_request_duration_seconds";
    long count = 0;
    for (int i = 0; i < f.buckets.length; i++) {
      count += f.buckets[i].sum();
      String bound = i < BOUNDS.length ? Double.toString(BOUNDS[i]) : "+Inf";
      out.append(name).append("_bucket{").append(labels).append(",le=\"").append(bound);
      out.append("\"} ").append(count).append('\n');
    }
    double seconds = f.nanos.sum() / (double) TimeUnit.SECONDS.toNanos(1);
    out.append(name).append("_sum{").append(labels).append("} ").append(seconds).append('\n');
    out.append(name).append("_count{").append(labels).append("} ").append(count).append('\n');
  }
}
