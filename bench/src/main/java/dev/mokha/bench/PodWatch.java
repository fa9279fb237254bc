package dev.mokha.bench;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.client.ApiClient.Watch;
import dev.mokha.client.ApiClient.WatchHandler;
import dev.mokha.client.Kinds;
import dev.mokha.client.ListOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.databind.JsonNode;

/**
 * Takes down when the pods of the namespace reach what, as a watcher sees it: the time is that of
 * the event's arrival here, by {@link System#nanoTime()}.
 *
 * <pre>{@code
 * try (PodWatch watch = PodWatch.start(cluster)) {
 *   long created = System.nanoTime();
 *   cluster.of(Kinds.POD).create(pod);
 *   long took = watch.await("p-1", Moment.RUNNING) - created;
 * }
 * }</pre>
 */
final class PodWatch implements WatchHandler, AutoCloseable {
  /** What a pod reaches. */
  enum Moment {
    /** Its phase is Running. */
    RUNNING,
    /** Its condition Ready is True. */
    READY,
    /** It was deleted, and nothing of it is left. */
    GONE;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Duration timeout;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<String, EnumMap<Moment, Long>> times = new HashMap<>();
  private final EnumMap<Moment, Integer> counts = new EnumMap<>(Moment.class);
  private String trouble = "";
  private String revision = "";
  private Cluster cluster;
  private Watch watch;
  private boolean closed;

  /** A watch that nobody feeds yet. */
  PodWatch(Duration timeout) {
    this.timeout = requireNonNull(timeout, "timeout");
  }

  /** Watches the cluster's namespace from now on. */
  static PodWatch start(Cluster cluster) {
    PodWatch watch = new PodWatch(cluster.timeout());
    watch.cluster = cluster;
    ListOptions one = new ListOptions("", "", "", 1, "", false, 0);
    watch.revision =
        cluster.client().list(Kinds.POD.resource(), cluster.namespace(), one).resourceVersion();
    watch.follow();
    return watch;
  }

  private void follow() {
    lock.lock();
    try {
      if (!closed) {
        ListOptions from = ListOptions.ALL.from(revision);
        watch = cluster.client().watch(Kinds.POD.resource(), cluster.namespace(), from, this);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void onEvent(String type, KubeObject pod) {
    long now = System.nanoTime();
    JsonNode status = type.equals("BOOKMARK") ? null : pod.toTree().path("status");
    lock.lock();
    try {
      revision = pod.resourceVersion();
      if (status == null) {
        return;
      }
      if (type.equals("DELETED")) {
        reached(pod.name(), Moment.GONE, now);
      } else {
        if (status.path("phase").asString("").equals("Running")) {
          reached(pod.name(), Moment.RUNNING, now);
        }
        if (isReady(status)) {
          reached(pod.name(), Moment.READY, now);
        }
        if (trouble.isEmpty() && !pod.isDeleting()) {
          trouble = trouble(pod.name(), status);
        }
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void reached(String pod, Moment moment, long now) {
    EnumMap<Moment, Long> of = times.computeIfAbsent(pod, _ -> new EnumMap<>(Moment.class));
    if (of.putIfAbsent(moment, now) == null) {
      counts.merge(moment, 1, Integer::sum);
    }
  }

  private static boolean isReady(JsonNode status) {
    for (JsonNode condition : status.path("conditions")) {
      if (condition.path("type").asString("").equals("Ready")) {
        return condition.path("status").asString("").equals("True");
      }
    }
    return false;
  }

  /** What keeps the pod from ever running as it is; empty when nothing does. */
  private static String trouble(String pod, JsonNode status) {
    if (status.path("phase").asString("").equals("Failed")) {
      return "pod %s failed: %s".formatted(pod, status.path("message").asString("no reason given"));
    }
    for (JsonNode container : status.path("containerStatuses")) {
      JsonNode waiting = container.path("state").path("waiting");
      String reason = waiting.path("reason").asString("");
      if (reason.startsWith("Err") || reason.endsWith("Error") || reason.endsWith("BackOff")) {
        String message = waiting.path("message").asString("no message");
        return "pod %s does not start: %s, %s".formatted(pod, reason, message);
      }
    }
    return "";
  }

  @Override
  public void onClose(StatusException cause) {
    if (cause == null) {
      // A server ends every watch after a while.
      follow();
      return;
    }
    lock.lock();
    try {
      trouble = "the watch of pods broke off: " + cause.getMessage();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the pod has reached the moment, and says when that was. */
  long await(String pod, Moment moment) {
    lock.lock();
    try {
      long end = System.nanoTime() + timeout.toNanos();
      while (at(pod, moment) == null) {
        waitForChange(end, "pod " + pod + " was not " + moment.word());
      }
      return at(pod, moment);
    } finally {
      lock.unlock();
    }
  }

  /** Waits until so many pods have reached the moment, and says when the last of them did. */
  long awaitCount(int pods, Moment moment, Progress progress) {
    lock.lock();
    try {
      long end = System.nanoTime() + timeout.toNanos();
      while (count(moment) < pods) {
        progress.reached(count(moment));
        waitForChange(end, "%d of %d pods were %s".formatted(count(moment), pods, moment.word()));
      }
      progress.reached(pods);
      return times.values().stream()
          .filter(t -> t.containsKey(moment))
          .mapToLong(t -> t.get(moment))
          .max()
          .orElseThrow();
    } finally {
      lock.unlock();
    }
  }

  /** For each pod that reached it, how long after a start the moment came, in nanoseconds. */
  List<Long> since(Map<String, Long> starts, Moment moment) {
    lock.lock();
    try {
      List<Long> nanos = new ArrayList<>();
      starts.forEach(
          (pod, start) -> {
            Long at = at(pod, moment);
            if (at != null) {
              nanos.add(at - start);
            }
          });
      return nanos;
    } finally {
      lock.unlock();
    }
  }

  private int count(Moment moment) {
    return counts.getOrDefault(moment, 0);
  }

  private Long at(String pod, Moment moment) {
    EnumMap<Moment, Long> of = times.get(pod);
    return of == null ? null : of.get(moment);
  }

  private void waitForChange(long end, String otherwise) {
    if (!trouble.isEmpty()) {
      throw new BenchException(trouble);
    }
    try {
      long left = end - System.nanoTime();
      if (left <= 0 || !changed.await(left, TimeUnit.NANOSECONDS)) {
        throw new BenchException(
            otherwise + " after " + timeout.toSeconds() + " s; allow more with --timeout");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      if (watch != null) {
        watch.close();
      }
    } finally {
      lock.unlock();
    }
  }
}
