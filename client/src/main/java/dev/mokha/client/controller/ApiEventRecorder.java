package dev.mokha.client.controller;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.PatchType;
import dev.mokha.client.Kinds;
import dev.mokha.client.ResourceClient;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes events from one thread, behind a bounded queue: when the server is slow, events are lost
 * rather than the caller held up. A repeated event raises the count of the first one; one object
 * may have 25 new events at once and one more each five minutes, so that a crashing pod can't flood
 * the store.
 */
final class ApiEventRecorder implements EventRecorder {
  private static final Logger log = LoggerFactory.getLogger(EventRecorder.class);
  private static final int MAX_WAITING = 1_000;
  private static final int MAX_KNOWN = 4_096;
  private static final int BURST = 25;
  private static final long REFILL_SECONDS = 300;

  private final ResourceClient<Event> events;
  private final String component;
  private final String host;
  private final Clock clock;
  private final BlockingQueue<Said> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
  private final Map<Said, Known> known = bounded();
  private final Map<String, Bucket> buckets = bounded();

  private record Said(ObjectReference about, String type, String reason, String message) {}

  private record Known(String namespace, String name, int count) {}

  private record Bucket(double tokens, Instant at) {}

  ApiEventRecorder(ApiClient client, String component, String host) {
    this.events = ResourceClient.of(client, Kinds.EVENT);
    this.component = requireNonNull(component, "component");
    this.host = requireNonNull(host, "host");
    this.clock = Clock.systemUTC();
    Thread.ofVirtual().name("events-" + component).start(this::write);
  }

  private static <K, V> Map<K, V> bounded() {
    return new LinkedHashMap<>(64, 0.75f, true) {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > MAX_KNOWN;
      }
    };
  }

  @Override
  public void normal(HasMetadata about, String reason, String message) {
    record(about, null, "Normal", reason, message);
  }

  @Override
  public void warning(HasMetadata about, String reason, String message) {
    record(about, null, "Warning", reason, message);
  }

  @Override
  public void record(
      HasMetadata about, String fieldPath, String type, String reason, String message) {
    ObjectReference reference =
        new ObjectReferenceBuilder()
            .withApiVersion(about.getApiVersion())
            .withKind(about.getKind())
            .withNamespace(about.getMetadata().getNamespace())
            .withName(about.getMetadata().getName())
            .withUid(about.getMetadata().getUid())
            .withResourceVersion(about.getMetadata().getResourceVersion())
            .withFieldPath(fieldPath)
            .build();
    // The API refuses longer ones.
    String text = message.length() > 1024 ? message.substring(0, 1021) + "..." : message;
    if (!waiting.offer(new Said(reference, type, reason, text))) {
      log.warn("the event {} of {} is lost: too many wait", reason, about.getMetadata().getName());
    }
  }

  private void write() {
    try {
      while (true) {
        Said said = waiting.take();
        try {
          write(said);
        } catch (RuntimeException e) {
          log.debug("the event {} was not written: {}", said.reason(), e.getMessage());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write(Said said) {
    // Two events about different revisions of the object are the same to a user.
    Said key =
        new Said(
            new ObjectReferenceBuilder(said.about()).withResourceVersion(null).build(),
            said.type(),
            said.reason(),
            said.message());
    Instant now = clock.instant();
    String stamp = now.truncatedTo(ChronoUnit.SECONDS).toString();
    Known before = known.get(key);
    if (before != null) {
      int count = before.count() + 1;
      ObjectNode patch = Json.MAPPER.createObjectNode();
      patch.put("count", count).put("lastTimestamp", stamp);
      try {
        events.patch(before.namespace(), before.name(), "", PatchType.MERGE, patch);
        known.put(key, new Known(before.namespace(), before.name(), count));
        return;
      } catch (dev.mokha.api.error.StatusException e) {
        if (!e.isNotFound()) {
          throw e;
        }
        // It has expired: say it anew.
      }
    }
    if (!admit(said.about().getUid(), now)) {
      return;
    }
    String namespace =
        said.about().getNamespace() == null ? "default" : said.about().getNamespace();
    String name =
        said.about().getName()
            + "."
            + Long.toHexString(now.getEpochSecond() * 1_000_000_000L + now.getNano());
    events.create(
        new EventBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace(namespace)
            .endMetadata()
            .withInvolvedObject(said.about())
            .withType(said.type())
            .withReason(said.reason())
            .withMessage(said.message())
            .withNewSource(component, host.isEmpty() ? null : host)
            .withReportingComponent(component)
            .withReportingInstance(host)
            .withFirstTimestamp(stamp)
            .withLastTimestamp(stamp)
            .withCount(1)
            .build());
    known.put(key, new Known(namespace, name, 1));
  }

  private boolean admit(String uid, Instant now) {
    Bucket bucket = buckets.getOrDefault(uid, new Bucket(BURST, now));
    double refilled = (now.toEpochMilli() - bucket.at().toEpochMilli()) / 1_000.0 / REFILL_SECONDS;
    double tokens = Math.min(BURST, bucket.tokens() + refilled);
    boolean admitted = tokens >= 1;
    buckets.put(uid, new Bucket(admitted ? tokens - 1 : tokens, now));
    return admitted;
  }
}
