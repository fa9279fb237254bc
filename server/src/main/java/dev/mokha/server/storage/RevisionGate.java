package dev.mokha.server.storage;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** A revision that only grows, and the threads that wait for it. */
final class RevisionGate {
  private record Waiter(long revision, long number, Thread thread) {}

  private final ConcurrentSkipListSet<Waiter> waiters =
      new ConcurrentSkipListSet<>(
          Comparator.comparingLong(Waiter::revision).thenComparingLong(Waiter::number));
  private final AtomicLong numbers = new AtomicLong();
  private volatile long revision;
  private volatile String failure;

  long revision() {
    return revision;
  }

  Optional<String> failure() {
    return Optional.ofNullable(failure);
  }

  /** Called by one thread only. */
  void open(long reached) {
    revision = reached;
    // A waiter whose time is over takes itself out at any moment: only an iterator bears that.
    for (Waiter first : waiters) {
      if (first.revision > reached) {
        return;
      }
      waiters.remove(first);
      LockSupport.unpark(first.thread);
    }
  }

  void fail(String why) {
    failure = why;
    for (Waiter w : waiters) {
      LockSupport.unpark(w.thread);
    }
  }

  /** Waits for as long as it takes. */
  void await(long wanted) {
    await(wanted, null);
  }

  /**
   * Waits.
   *
   * @param atMost null for as long as it takes
   * @return false when the time is over
   */
  boolean await(long wanted, Duration atMost) {
    if (revision >= wanted) {
      return true;
    }
    long deadline = atMost == null ? 0 : System.nanoTime() + atMost.toNanos();
    Waiter me = new Waiter(wanted, numbers.incrementAndGet(), Thread.currentThread());
    waiters.add(me);
    boolean interrupted = false;
    try {
      while (revision < wanted) {
        // An interrupted thread does not park: it would spin, and keep the processor from the very
        // thread that brings the revision. The interrupt is kept for whoever looks for it next.
        interrupted |= Thread.interrupted();
        String why = failure;
        if (why != null) {
          throw new StatusException(
              StatusReason.SERVICE_UNAVAILABLE, why, StatusException.Details.NONE);
        }
        if (atMost == null) {
          LockSupport.park(this);
        } else {
          long left = deadline - System.nanoTime();
          if (left <= 0) {
            return false;
          }
          LockSupport.parkNanos(this, left);
        }
      }
      return true;
    } finally {
      waiters.remove(me);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
