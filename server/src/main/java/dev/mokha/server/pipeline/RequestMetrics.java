package dev.mokha.server.pipeline;

import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.metrics.Exposition;
import dev.mokha.client.metrics.Histogram;
import dev.mokha.client.metrics.MetricSource;
import dev.mokha.server.rest.ServedResource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts requests and how long they took, under the names and labels Kubernetes gives such figures.
 * Labels come from what is served, never from what a client sent, so their number is bounded.
 */
public final class RequestMetrics implements MetricSource {
  private static final double[] SECONDS = {
    0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45,
    60
  };
  private static final double[] BYTES = {1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
  private static final String TOTAL = "apiserver_request_total";
  private static final String DURATION = "apiserver_request_duration_seconds";
  private static final String SIZES = "apiserver_response_sizes";
  private static final String LONG_RUNNING = "apiserver_longrunning_requests";

  private record Series(
      String verb,
      String group,
      String version,
      String resource,
      String subresource,
      String scope) {
    String labels() {
      return Exposition.label("component", resource.isEmpty() ? "" : "apiserver")
          + ","
          + Exposition.label("group", group)
          + ","
          + Exposition.label("resource", resource)
          + ","
          + Exposition.label("scope", scope)
          + ","
          + Exposition.label("subresource", subresource)
          + ","
          + Exposition.label("verb", shown())
          + ","
          + Exposition.label("version", version);
    }

    private String shown() {
      return switch (verb) {
        case "create" -> "POST";
        case "update" -> "PUT";
        default -> verb.toUpperCase(Locale.ROOT);
      };
    }
  }

  private static final class Figures {
    final Map<Integer, LongAdder> byCode = new ConcurrentHashMap<>();
    final Histogram duration = Histogram.ofSeconds(SECONDS);
    final Histogram sizes = Histogram.ofNumbers(BYTES);
    final LongAdder running = new LongAdder();

    LongAdder of(int code) {
      LongAdder adder = byCode.get(code);
      return adder != null ? adder : byCode.computeIfAbsent(code, c -> new LongAdder());
    }
  }

  private static final String EVENTS = "apiserver_watch_events_total";

  private final Map<Series, Figures> all = new ConcurrentHashMap<>();
  private final Map<GroupVersionResource, LongAdder> events = new ConcurrentHashMap<>();

  /** What counts the events that go to a watch; asked for once per watch. */
  public LongAdder watchEvents(ServedResource resource) {
    return events.computeIfAbsent(resource.type().gvr(), r -> new LongAdder());
  }

  /** What a request is about: one object, a namespace's, or everybody's. */
  public static String scope(String namespace, String name, String verb) {
    if (!name.isEmpty() || verb.equals("create")) {
      return "resource";
    }
    return namespace.isEmpty() ? "cluster" : "namespace";
  }

  private Figures of(String verb, ServedResource resource, String subresource, String scope) {
    Series series =
        resource == null
            ? new Series(verb, "", "", "", subresource, "")
            : new Series(
                verb,
                resource.group(),
                resource.type().gvr().version(),
                resource.resource(),
                subresource,
                scope);
    Figures figures = all.get(series);
    return figures != null ? figures : all.computeIfAbsent(series, s -> new Figures());
  }

  /**
   * Notes a request that is done.
   *
   * @param resource null for a path that is no resource
   * @param subresource of a path that is no resource: its first segment, when it is known
   */
  public void note(
      String verb,
      ServedResource resource,
      String subresource,
      String scope,
      int code,
      long nanos) {
    Figures f = of(verb, resource, subresource, scope);
    f.of(code).increment();
    f.duration.add(nanos);
  }

  /** Notes how long an answer was, in bytes. */
  public void size(
      String verb, ServedResource resource, String subresource, String scope, long bytes) {
    of(verb, resource, subresource, scope).sizes.add(bytes);
  }

  /** One more, or with -1 one less, watch or connection goes on. */
  public void longRunning(
      String verb, ServedResource resource, String subresource, String scope, int change) {
    of(verb, resource, subresource, scope).running.add(change);
  }

  @Override
  public void write(Exposition out) {
    List<Map.Entry<String, Figures>> sorted = new ArrayList<>();
    all.forEach((series, figures) -> sorted.add(Map.entry(series.labels(), figures)));
    sorted.sort(Map.Entry.comparingByKey(Comparator.naturalOrder()));
    out.counter(TOTAL, "Requests by verb, resource and HTTP status.");
    sorted.forEach(
        e ->
            e.getValue()
                .byCode
                .forEach(
                    (code, count) ->
                        out.value(
                            TOTAL,
                            "code=\"" + code + "\"," + e.getKey() + ",dry_run=\"\"",
                            count.sum())));
    out.histogram(DURATION, "How long requests took, in seconds.");
    sorted.forEach(
        e -> {
          if (e.getValue().duration.count() > 0) {
            e.getValue().duration.write(out, DURATION, e.getKey() + ",dry_run=\"\"");
          }
        });
    out.histogram(SIZES, "How long answers were, in bytes.");
    sorted.forEach(
        e -> {
          if (e.getValue().sizes.count() > 0) {
            e.getValue().sizes.write(out, SIZES, e.getKey());
          }
        });
    out.counter(EVENTS, "Events sent to watches.");
    events.forEach(
        (r, count) ->
            out.value(
                EVENTS,
                Exposition.label("group", r.group())
                    + ","
                    + Exposition.label("resource", r.resource())
                    + ","
                    + Exposition.label("version", r.version()),
                count.sum()));
    out.gauge(LONG_RUNNING, "Watches and connections that go on.");
    sorted.forEach(
        e -> {
          if (e.getValue().running.sum() > 0) {
            out.value(LONG_RUNNING, e.getKey(), e.getValue().running.sum());
          }
        });
  }
}
