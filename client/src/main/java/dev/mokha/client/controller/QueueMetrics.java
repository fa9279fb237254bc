package dev.mokha.client.controller;

import dev.mokha.client.metrics.Exposition;
import dev.mokha.client.metrics.Histogram;
import dev.mokha.client.metrics.MetricSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Figures of all work queues of the process by their names, which are few and known: a loop that
 * ends and begins again, as when another server leads meanwhile, goes on counting. Two servers in
 * one process, as in tests, count together.
 */
final class QueueMetrics implements MetricSource {
  /** The process's. */
  static final QueueMetrics ALL = new QueueMetrics();

  private static final String PREFIX = "workqueue_";
  private static final double[] SECONDS = {1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10};

  private final Map<String, OfQueue> queues = new ConcurrentHashMap<>();

  /** The figures of one queue. */
  static final class OfQueue {
    private final String labels;
    final LongAdder depth = new LongAdder();
    final LongAdder adds = new LongAdder();
    final LongAdder retries = new LongAdder();

    /** How long keys waited, in nanoseconds. */
    final Histogram waited = Histogram.ofSeconds(SECONDS);

    /** How long the work on them took, in nanoseconds. */
    final Histogram worked = Histogram.ofSeconds(SECONDS);

    private OfQueue(String name) {
      labels = Exposition.label("name", name);
    }
  }

  OfQueue of(String name) {
    return queues.computeIfAbsent(name, OfQueue::new);
  }

  @Override
  public void write(Exposition out) {
    List<OfQueue> all =
        queues.values().stream().sorted(Comparator.comparing((OfQueue q) -> q.labels)).toList();
    out.counter(PREFIX + "adds_total", "Keys that were added.");
    all.forEach(q -> out.value(PREFIX + "adds_total", q.labels, q.adds.sum()));
    out.gauge(PREFIX + "depth", "Keys that wait.");
    all.forEach(q -> out.value(PREFIX + "depth", q.labels, q.depth.sum()));
    out.histogram(PREFIX + "queue_duration_seconds", "How long keys waited, in seconds.");
    all.forEach(q -> q.waited.write(out, PREFIX + "queue_duration_seconds", q.labels));
    out.counter(PREFIX + "retries_total", "Keys that were tried again after a failure.");
    all.forEach(q -> out.value(PREFIX + "retries_total", q.labels, q.retries.sum()));
    out.histogram(PREFIX + "work_duration_seconds", "How long the work on keys took, in seconds.");
    all.forEach(q -> q.worked.write(out, PREFIX + "work_duration_seconds", q.labels));
  }
}
