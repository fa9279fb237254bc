package dev.mokha.client.controller;

import dev.mokha.client.metrics.MetricSource;
import java.time.Duration;

/**
 * Keys waiting for work. A key is in the queue at most once, and is never handed to two workers at
 * the same time: a key added while it is being worked on comes again afterwards.
 *
 * <p>Life of a key: {@link #add} -> {@link #take} -> work -> {@link #done}; on failure {@link
 * #retry} before done, on success {@link #forget}.
 */
public interface WorkQueue<K> extends AutoCloseable {
  /** Adds a key now. */
  void add(K key);

  /** Adds a key after a while; the earliest of several requests counts. */
  void addAfter(K key, Duration delay);

  /** Adds a key after its back-off (5 ms, doubled with each failure, 1,000 s at most). */
  void retry(K key);

  /** Forgets the key's failures. */
  void forget(K key);

  /**
   * Waits for a key.
   *
   * @throws InterruptedException when the thread is interrupted or the queue is closed
   */
  K take() throws InterruptedException;

  /** The work on the key is over. */
  void done(K key);

  /** How many keys wait now. */
  int size();

  @Override
  void close();

  /** Figures of all queues of this process by their names ({@code workqueue_depth} and others). */
  static MetricSource metrics() {
    return QueueMetrics.ALL;
  }

  /** A new queue on the process's one timer. */
  static <K> WorkQueue<K> create(String name) {
    return new DelayingWorkQueue<>(name);
  }
}
