package dev.mokha.registry.metrics;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.metrics.Exposition;
import dev.mokha.client.metrics.MetricSource;
import dev.mokha.registry.storage.GarbageCollector;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * The registry's figures.
 *
 * <pre>{@code
 * RegistryMetrics metrics = new RegistryMetrics();
 * metrics.request("GET", "manifest", 200);
 * metrics.mirror(RegistryMetrics.Content.BLOB, RegistryMetrics.Result.HIT);
 * apiServer.publish(metrics); // at /metrics of the API server
 * }</pre>
 */
public final class RegistryMetrics implements MetricSource {
  private static final String PREFIX = "mokha_registry_";
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

  private final Map<Request, LongAdder> requests = new ConcurrentSkipListMap<>();
  private final Map<Asked, LongAdder> mirror = new ConcurrentSkipListMap<>();
  private final Map<String, BlobCount> stores = new ConcurrentSkipListMap<>();
  private final LongAdder received = new LongAdder();
  private final LongAdder sent = new LongAdder();
  private final LongAdder upstreamFailures = new LongAdder();
  private final LongAdder collections = new LongAdder();
  private final LongAdder collectedBlobs = new LongAdder();
  private final LongAdder collectedBytes = new LongAdder();
  private final LongAdder evictedBytes = new LongAdder();

  /** What is asked of a mirror. */
  public enum Content {
    MANIFEST,
    BLOB
  }

  /** How the mirror could answer. */
  public enum Result {
    /** From what is kept, with no question to an upstream. */
    HIT,
    /** From what is kept, since an upstream says that it is still so. */
    CONFIRMED,
    /** From what is kept, since no upstream answers. */
    STALE,
    /** An upstream had to send it, or to say that there is none. */
    MISS
  }

  private record Request(String method, String route, int code) implements Comparable<Request> {
    @Override
    public int compareTo(Request other) {
      return labels().compareTo(other.labels());
    }

    String labels() {
      return "method=\"%s\",route=\"%s\",code=\"%d\"".formatted(method, route, code);
    }
  }

  private record Asked(Content content, Result result) implements Comparable<Asked> {
    @Override
    public int compareTo(Asked other) {
      return labels().compareTo(other.labels());
    }

    String labels() {
      return "content=\"%s\",result=\"%s\""
          .formatted(
              content.name().toLowerCase(Locale.ROOT), result.name().toLowerCase(Locale.ROOT));
    }
  }

  /** Figures that are all zero. */
  public RegistryMetrics() {
    for (Content content : Content.values()) {
      for (Result result : Result.values()) {
        mirror.put(new Asked(content, result), new LongAdder());
      }
    }
  }

  /**
   * Counts an answered request.
   *
   * @param method of HTTP; one that HTTP does not know counts as {@code other}
   * @param route one of the few of this server
   * @param code the status; 0 when the connection was cut instead
   */
  public void request(String method, String route, int code) {
    Request key = new Request(METHODS.contains(method) ? method : "other", route, code);
    requests.computeIfAbsent(key, k -> new LongAdder()).increment();
  }

  /** Counts bytes of requests' bodies. */
  public void received(long bytes) {
    received.add(bytes);
  }

  /** Counts bytes of answers' bodies. */
  public void sent(long bytes) {
    sent.add(bytes);
  }

  /** Counts what was asked of the mirror. */
  public void mirror(Content content, Result result) {
    mirror.get(new Asked(content, result)).increment();
  }

  /** Counts an upstream that did not answer, broke off, or answered with a fault of its own. */
  public void upstreamFailed() {
    upstreamFailures.increment();
  }

  /** Counts what a collection has freed. */
  public void collected(GarbageCollector.Report report) {
    collections.increment();
    collectedBlobs.add(report.blobs());
    collectedBytes.add(report.bytes());
  }

  /** Counts bytes that the mirror gave up to make room. */
  public void evicted(long bytes) {
    evictedBytes.add(bytes);
  }

  /**
   * Shows how much a store holds.
   *
   * @param store its name among the stores
   */
  public void show(String store, BlobCount count) {
    stores.put(requireNonNull(store), requireNonNull(count));
  }

  @Override
  public void write(Exposition out) {
    out.counter(PREFIX + "requests_total", "Requests by method, route and HTTP status.");
    requests.forEach(
        (key, count) -> out.value(PREFIX + "requests_total", key.labels(), count.sum()));
    total(out, "received_bytes_total", "Bytes of requests' bodies.", received);
    total(out, "sent_bytes_total", "Bytes of answers' bodies.", sent);
    out.counter(
        PREFIX + "mirror_requests_total", "What was asked of the mirror, and how it could answer.");
    mirror.forEach(
        (key, count) -> out.value(PREFIX + "mirror_requests_total", key.labels(), count.sum()));
    total(out, "upstream_failures_total", "Requests that an upstream failed.", upstreamFailures);
    total(out, "collections_total", "Garbage collections.", collections);
    total(out, "collected_blobs_total", "Blobs that were collected.", collectedBlobs);
    total(out, "collected_bytes_total", "Bytes that collections have freed.", collectedBytes);
    total(out, "evicted_bytes_total", "Bytes that the mirror gave up for room.", evictedBytes);
    Map<String, BlobCount.Counted> counted = new ConcurrentHashMap<>();
    stores.forEach((store, count) -> count.latest().ifPresent(c -> counted.put(store, c)));
    out.gauge(PREFIX + "blobs", "Blobs kept, as counted in the last minute.");
    counted.forEach((store, c) -> out.value(PREFIX + "blobs", label(store), c.blobs()));
    out.gauge(PREFIX + "blob_bytes", "Bytes of blobs kept, as counted in the last minute.");
    counted.forEach((store, c) -> out.value(PREFIX + "blob_bytes", label(store), c.bytes()));
  }

  private static String label(String store) {
    return Exposition.label("store", store);
  }

  private static void total(Exposition out, String name, String help, LongAdder count) {
    out.counter(PREFIX + name, help).value(PREFIX + name, "", count.sum());
  }
}
