package dev.mokha.scheduler;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Pods that want a node: higher priority first, then the longest waiting. A pod that found none is
 * parked; when something changes that may matter ({@link #wake}), it comes back once its back-off
 * is over (1 s doubled with each try, 10 s at most), and after 5 minutes in any case.
 */
final class SchedulingQueue {
  private static final Duration FIRST_BACKOFF = Duration.ofSeconds(1);
  private static final Duration LAST_BACKOFF = Duration.ofSeconds(10);
  private static final Duration PARKED_AT_MOST = Duration.ofMinutes(5);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<String, Waiting> all = new HashMap<>();
  private final PriorityQueue<Waiting> active =
      new PriorityQueue<>(
          Comparator.comparingInt((Waiting w) -> -w.priority).thenComparingLong(w -> w.sequence));
  private final PriorityQueue<Waiting> later =
      new PriorityQueue<>((a, b) -> Long.signum(a.notBefore - b.notBefore));
  private long sequence;
  private long wakes;
  private boolean closed;

  /** A pod on its way through the queue. */
  static final class Waiting {
    private Pod pod;
    private final int priority;
    private final long sequence;
    private int tries;
    private long parkedAt;
    private long notBefore;
    private boolean parked;
    private long takenAtWake;

    private Waiting(Pod pod, long sequence) {
      this.pod = pod;
      Integer p = pod.getSpec().getPriority();
      this.priority = p == null ? 0 : p;
      this.sequence = sequence;
    }

    Pod pod() {
      return pod;
    }
  }

  /** A pod is new or has changed; a changed one is tried anew at once. */
  void add(Pod pod) {
    lock.lock();
    try {
      String uid = pod.getMetadata().getUid();
      Waiting w = all.get(uid);
      if (w == null) {
        w = new Waiting(pod, sequence++);
        all.put(uid, w);
        active.add(w);
        changed.signal();
        return;
      }
      boolean sameSpec = w.pod.getSpec().equals(pod.getSpec());
      boolean sameLabels =
          Objects.equals(w.pod.getMetadata().getLabels(), pod.getMetadata().getLabels());
      w.pod = pod;
      if (w.parked && !(sameSpec && sameLabels)) {
        later.remove(w);
        w.parked = false;
        active.add(w);
        changed.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /** The pod wants no node any more. */
  void remove(String uid) {
    lock.lock();
    try {
      Waiting w = all.remove(uid);
      if (w != null) {
        active.remove(w);
        later.remove(w);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the next pod. */
  Waiting take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (true) {
        if (closed) {
          throw new InterruptedException("the scheduling queue is closed");
        }
        long now = System.nanoTime();
        while (!later.isEmpty() && later.peek().notBefore - now <= 0) {
          Waiting w = later.remove();
          w.parked = false;
          active.add(w);
        }
        Waiting next = active.poll();
        if (next != null) {
          next.takenAtWake = wakes;
          return next;
        }
        if (later.isEmpty()) {
          changed.await();
        } else {
          changed.await(later.peek().notBefore - now, TimeUnit.NANOSECONDS);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** The pod found no node: it waits for a change. */
  void park(Waiting w) {
    lock.lock();
    try {
      if (all.get(w.pod.getMetadata().getUid()) != w) {
        return; // removed meanwhile
      }
      w.tries++;
      // A change that came while the pod was being looked at may be just what it needs.
      boolean missedAChange = w.takenAtWake != wakes;
      w.parkedAt = System.nanoTime();
      w.notBefore = w.parkedAt + (missedAChange ? backoff(w) : PARKED_AT_MOST).toNanos();
      w.parked = true;
      later.add(w);
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Something changed that may give parked pods a place. */
  void wake() {
    lock.lock();
    try {
      wakes++;
      if (later.isEmpty()) {
        return;
      }
      Waiting[] parked = later.toArray(new Waiting[0]);
      later.clear();
      for (Waiting w : parked) {
        long ripe = w.parkedAt + backoff(w).toNanos();
        w.notBefore = w.notBefore - ripe > 0 ? ripe : w.notBefore;
        later.add(w);
      }
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  private static Duration backoff(Waiting w) {
    long millis = FIRST_BACKOFF.toMillis() << Math.min(Math.max(w.tries - 1, 0), 10);
    return Duration.ofMillis(Math.min(millis, LAST_BACKOFF.toMillis()));
  }

  /** How many pods wait where: for their turn, for the end of their back-off, for a change. */
  record Depth(int active, int backoff, int unschedulable) {}

  Depth depth() {
    lock.lock();
    try {
      long soon = System.nanoTime() + LAST_BACKOFF.toNanos();
      int backoff = (int) later.stream().filter(w -> w.notBefore - soon <= 0).count();
      return new Depth(active.size(), backoff, later.size() - backoff);
    } finally {
      lock.unlock();
    }
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
