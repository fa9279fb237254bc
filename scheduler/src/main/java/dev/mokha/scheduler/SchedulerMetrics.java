package dev.mokha.scheduler;

import dev.mokha.client.metrics.Exposition;
import dev.mokha.client.metrics.Histogram;
import dev.mokha.client.metrics.MetricSource;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What the scheduler did. It outlives the scheduler, which ends when another server leads and may
 * begin again:
 *
 * <pre>{@code
 * SchedulerMetrics metrics = new SchedulerMetrics();
 * server.publish(metrics);
 * Scheduler.start(client, informers, metrics);
 * }</pre>
 */
public final class SchedulerMetrics implements MetricSource {
  private static final String ATTEMPTS = "scheduler_schedule_attempts_total";
  private static final String DURATION = "scheduler_scheduling_attempt_duration_seconds";
  private static final String PENDING = "scheduler_pending_pods";
  private static final double[] SECONDS = {
    0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096,
    8.192, 16.384
  };

  /** How an attempt ended. */
  enum Result {
    SCHEDULED,
    UNSCHEDULABLE,
    ERROR;

    private final String labels =
        "profile=\"" + Scheduler.NAME + "\",result=\"" + name().toLowerCase(Locale.ROOT) + "\"";
  }

  private final Histogram[] attempts = new Histogram[Result.values().length];
  private final AtomicReference<SchedulingQueue> queue = new AtomicReference<>();

  /** Nothing is counted yet. */
  public SchedulerMetrics() {
    for (int i = 0; i < attempts.length; i++) {
      attempts[i] = Histogram.ofSeconds(SECONDS);
    }
  }

  void note(Result result, long nanos) {
    attempts[result.ordinal()].add(nanos);
  }

  void follow(SchedulingQueue running) {
    queue.set(running);
  }

  void forget(SchedulingQueue closed) {
    queue.compareAndSet(closed, null);
  }

  @Override
  public void write(Exposition out) {
    SchedulingQueue running = queue.get();
    SchedulingQueue.Depth depth =
        running == null ? new SchedulingQueue.Depth(0, 0, 0) : running.depth();
    out.gauge(PENDING, "Pods that want a node, by where they wait.");
    out.value(PENDING, "queue=\"active\"", depth.active());
    out.value(PENDING, "queue=\"backoff\"", depth.backoff());
    out.value(PENDING, "queue=\"unschedulable\"", depth.unschedulable());
    out.counter(ATTEMPTS, "Attempts to find a node for a pod by their result.");
    for (Result r : Result.values()) {
      out.value(ATTEMPTS, r.labels, attempts[r.ordinal()].count());
    }
    out.histogram(DURATION, "How long attempts took, in seconds.");
    for (Result r : Result.values()) {
      attempts[r.ordinal()].write(out, DURATION, r.labels);
    }
  }
}
