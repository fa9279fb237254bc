package dev.mokha.client.controller;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The queue in memory. Delayed keys wait on one timer thread that all queues share. */
final class DelayingWorkQueue<K> implements WorkQueue<K> {
  private static final Duration FIRST_BACKOFF = Duration.ofMillis(5);
  private static final Duration LAST_BACKOFF = Duration.ofSeconds(1_000);
  private static final Duration TIMER_IDLE = Duration.ofSeconds(5);
  private static final ScheduledExecutorService TIMER = timer();

  /** Its thread ends while there is nothing to wait for. */
  private static ScheduledExecutorService timer() {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("work-queue-timer").factory());
    timer.setRemoveOnCancelPolicy(true);
    timer.setKeepAliveTime(TIMER_IDLE.toMillis(), TimeUnit.MILLISECONDS);
    timer.allowCoreThreadTimeOut(true);
    return timer;
  }

  private final String name;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ready = lock.newCondition();

  private final QueueMetrics.OfQueue metrics;
  private final Queue<Ready<K>> waiting = new ArrayDeque<>();
  private final Set<K> dirty = new HashSet<>();
  private final Map<K, Long> working = new HashMap<>();
  private final Map<K, Integer> failures = new HashMap<>();
  private final Map<K, Delayed> delayed = new HashMap<>();
  private boolean closed;

  /** A key and since when it waits. */
  private record Ready<K>(K key, long since) {}

  private record Delayed(long atNanos, Future<?> timer) {}

  DelayingWorkQueue(String name) {
    this.name = requireNonNull(name, "name");
    this.metrics = QueueMetrics.ALL.of(name);
  }

  @Override
  public void add(K key) {
    lock.lock();
    try {
      if (closed || !dirty.add(key)) {
        return;
      }
      metrics.adds.increment();
      if (!working.containsKey(key)) {
        enqueue(key);
      }
    } finally {
      lock.unlock();
    }
  }

  private void enqueue(K key) {
    metrics.depth.increment();
    waiting.add(new Ready<>(key, System.nanoTime()));
    ready.signal();
  }

  @Override
  public void addAfter(K key, Duration delay) {
    if (delay.isZero() || delay.isNegative()) {
      add(key);
      return;
    }
    lock.lock();
    try {
      if (closed) {
        return;
      }
      long at = System.nanoTime() + delay.toNanos();
      Delayed before = delayed.get(key);
      if (before != null) {
        if (before.atNanos() - at <= 0) {
          return;
        }
        before.timer().cancel(false);
      }
      Future<?> timer = TIMER.schedule(() -> ripen(key, at), delay.toNanos(), TimeUnit.NANOSECONDS);
      delayed.put(key, new Delayed(at, timer));
    } finally {
      lock.unlock();
    }
  }

  private void ripen(K key, long at) {
    lock.lock();
    try {
      Delayed current = delayed.get(key);
      if (current != null && current.atNanos() == at) {
        delayed.remove(key);
      }
    } finally {
      lock.unlock();
    }
    add(key);
  }

  @Override
  public void retry(K key) {
    int earlier;
    lock.lock();
    try {
      earlier = failures.merge(key, 1, Integer::sum) - 1;
    } finally {
      lock.unlock();
    }
    metrics.retries.increment();
    long nanos = FIRST_BACKOFF.toNanos() << Math.min(earlier, 30);
    addAfter(key, Duration.ofNanos(Math.min(nanos, LAST_BACKOFF.toNanos())));
  }

  @Override
  public void forget(K key) {
    lock.lock();
    try {
      failures.remove(key);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public K take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (waiting.isEmpty()) {
        if (closed) {
          throw new InterruptedException("the queue " + name + " is closed");
        }
        ready.await();
      }
      Ready<K> next = waiting.remove();
      long now = System.nanoTime();
      metrics.depth.decrement();
      metrics.waited.add(now - next.since);
      working.put(next.key, now);
      dirty.remove(next.key);
      return next.key;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void done(K key) {
    lock.lock();
    try {
      Long since = working.remove(key);
      if (since != null) {
        metrics.worked.add(System.nanoTime() - since);
      }
      if (dirty.contains(key)) {
        enqueue(key);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int size() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      metrics.depth.add(-waiting.size());
      waiting.clear();
      dirty.clear();
      for (Delayed d : delayed.values()) {
        d.timer().cancel(false);
      }
      delayed.clear();
      ready.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
