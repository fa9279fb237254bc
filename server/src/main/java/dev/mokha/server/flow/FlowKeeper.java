package dev.mokha.server.flow;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.validation.MandatoryFlow;
import dev.mokha.client.ApiClient;
import dev.mokha.server.storage.ObjectReader;
import dev.mokha.server.storage.ResourceCache;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps the objects of priority and fairness in order: writes the condition {@code Dangling} of
 * FlowSchemas, and once a minute sees to what must exist. Level-triggered: it compares what is with
 * what should be whenever one of them changed.
 */
public final class FlowKeeper implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FlowKeeper.class);
  private static final String DANGLING = "Dangling";
  private static final long PERIOD_SECONDS = 60;

  private final ApiClient producer;
  private final ApiClient consumer;
  private final ObjectReader objects;
  private final List<ResourceCache> watched;
  private final InstantSource clock;
  private final Semaphore changed = new Semaphore(1);
  private final Runnable waker = this::wake;
  private final Thread thread;
  private volatile boolean closed;

  /**
   * Starts.
   *
   * @param producer writes the objects
   * @param consumer writes their status
   * @param objects reads them
   * @param watched the caches of both kinds
   */
  public FlowKeeper(
      ApiClient producer,
      ApiClient consumer,
      ObjectReader objects,
      List<ResourceCache> watched,
      InstantSource clock) {
    this.producer = requireNonNull(producer, "producer");
    this.consumer = requireNonNull(consumer, "consumer");
    this.objects = requireNonNull(objects, "objects");
    this.watched = List.copyOf(watched);
    this.clock = requireNonNull(clock, "clock");
    this.watched.forEach(w -> w.addWaker(waker));
    thread = Thread.ofVirtual().name("priority-and-fairness").start(this::run);
  }

  private void wake() {
    if (changed.availablePermits() == 0) {
      changed.release();
    }
  }

  private void run() {
    long next = System.nanoTime();
    while (!closed) {
      try {
        boolean due = next - System.nanoTime() <= 0;
        if (due) {
          next = System.nanoTime() + TimeUnit.SECONDS.toNanos(PERIOD_SECONDS);
          FlowObjects.ensure(producer, objects);
        }
        writeConditions();
      } catch (StatusException e) {
        log.warn("priority and fairness: {}; tried again within a minute", e.getMessage());
      } catch (RuntimeException e) {
        if (!closed) {
          log.error("keeping the objects of priority and fairness failed", e);
        }
      }
      try {
        if (changed.tryAcquire(next - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          changed.drainPermits();
        }
      } catch (InterruptedException e) {
        return; // Only close() interrupts.
      }
    }
  }

  private void writeConditions() {
    Set<String> levels = new HashSet<>(MandatoryFlow.levels().keySet());
    objects
        .list(FlowObjects.LEVELS.group(), FlowObjects.LEVELS.resource(), "")
        .forEach(l -> levels.add(l.name()));
    for (KubeObject schema :
        objects.list(FlowObjects.SCHEMAS.group(), FlowObjects.SCHEMAS.resource(), "")) {
      JsonNode tree = schema.toTree();
      String level = FlowSchema.levelName(tree);
      ObjectNode wanted = condition(level, levels.contains(level));
      JsonNode now = current(tree);
      if (!isSame(now, wanted)) {
        wanted.put("lastTransitionTime", since(now, wanted));
        apply(schema.name(), wanted);
      }
    }
  }

  private static ObjectNode condition(String level, boolean exists) {
    ObjectNode condition = Json.MAPPER.createObjectNode().put("type", DANGLING);
    String names =
        "This FlowSchema references the PriorityLevelConfiguration object named \"" + level + "\"";
    return exists
        ? condition
            .put("status", "False")
            .put("reason", "Found")
            .put("message", names + " and it exists")
        : condition
            .put("status", "True")
            .put("reason", "NotFound")
            .put("message", names + " but there is no such object");
  }

  private static JsonNode current(JsonNode schema) {
    for (JsonNode c : schema.path("status").path("conditions")) {
      if (c.path("type").asString("").equals(DANGLING)) {
        return c;
      }
    }
    return Json.MAPPER.missingNode();
  }

  private static boolean isSame(JsonNode now, JsonNode wanted) {
    for (String field : List.of("status", "reason", "message")) {
      if (!now.path(field).asString("").equals(wanted.path(field).asString(""))) {
        return false;
      }
    }
    return true;
  }

  private String since(JsonNode now, JsonNode wanted) {
    boolean turned = !now.path("status").asString("").equals(wanted.path("status").asString(""));
    String before = now.path("lastTransitionTime").asString("");
    return turned || before.isEmpty()
        ? clock.instant().truncatedTo(ChronoUnit.SECONDS).toString()
        : before;
  }

  private void apply(String name, ObjectNode condition) {
    ObjectNode patch = Json.MAPPER.createObjectNode();
    patch.put("apiVersion", MandatoryFlow.API_VERSION).put("kind", "FlowSchema");
    patch.putObject("metadata").put("name", name);
    patch.putObject("status").putArray("conditions").add(condition);
    try {
      consumer.patch(
          FlowObjects.SCHEMAS,
          "",
          name,
          "status",
          ApiClient.PatchType.APPLY,
          Json.bytes(patch),
          true);
    } catch (StatusException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    watched.forEach(w -> w.removeWaker(waker));
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    producer.close();
    consumer.close();
  }
}
