package dev.mokha.server.pipeline;

import dev.mokha.server.metrics.Exposition;
import dev.mokha.server.metrics.Histogram;
import dev.mokha.server.metrics.MetricSource;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts requests and how long they took, under the names Kubernetes gives such figures. */
public final class RequestMetrics implements MetricSource {
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
    final Histogram duration = Histogram.ofSeconds(BOUNDS);
  }

  private final Map<Series, Figures> all = new ConcurrentHashMap<>();

  /** Notes a request that is done. */
  void note(ApiCall call, int code, long nanos) {
    Figures f = all.computeIfAbsent(Series.of(call), s -> new Figures());
    f.byCode.computeIfAbsent(code, c -> new LongAdder()).increment();
    f.duration.add(nanos);
  }

  @Override
  public void write(Exposition out) {
    Map<String, Figures> sorted = new TreeMap<>();
    all.forEach((series, figures) -> sorted.put(series.labels(), figures));
    out.counter("apiserver_request_total", "Requests by verb, resource and HTTP status.");
    sorted.forEach(
        (labels, f) ->
            f.byCode.forEach(
                (code, count) ->
                    out.value(
                        "apiserver_request_total",
                        "code=\"" + code + "\"," + labels,
                        count.sum())));
    out.histogram("apiserver_request_duration_seconds", "How long requests took.");
    sorted.forEach(
        (labels, f) -> f.duration.write(out, "apiserver_request_duration_seconds", labels));
  }
}
