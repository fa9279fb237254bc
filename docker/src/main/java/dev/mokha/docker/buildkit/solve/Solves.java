package dev.mokha.docker.buildkit.solve;

import dev.mokha.docker.buildkit.wire.Failure;
import dev.mokha.docker.http.Caller;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The builds under way, and the last ones that ended: a client may look at a build's progress when
 * it is over already.
 */
public final class Solves {
  private static final int REMEMBERED = 8;

  private final Duration coming;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition begun = lock.newCondition();
  private final Map<String, Solve> known = new HashMap<>();
  private final Deque<Solve> over = new ArrayDeque<>();

  /**
   * None yet.
   *
   * @param coming how long a call waits for the build that it is about: a client begins all its
   *     calls of a build at once, and the first may come late
   */
  Solves(Duration coming) {
    this.coming = coming;
  }

  /**
   * A build begins.
   *
   * @throws Failure when there is one of that name
   */
  void begin(Solve solve) {
    lock.lock();
    try {
      Solve other = known.get(solve.ref());
      if (other != null && !over.remove(other)) {
        throw new Failure(
            Failure.Code.ALREADY_EXISTS, "a build " + solve.ref() + " is under way already");
      }
      known.put(solve.ref(), solve);
      begun.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** A build has ended. */
  void end(Solve solve) {
    lock.lock();
    try {
      over.add(solve);
      if (over.size() > REMEMBERED) {
        Solve oldest = over.poll();
        known.remove(oldest.ref(), oldest);
      }
    } finally {
      lock.unlock();
    }
  }

  /** How many are under way. */
  public int count() {
    lock.lock();
    try {
      return known.size() - over.size();
    } finally {
      lock.unlock();
    }
  }

  /**
   * A caller's build; one that is only about to begin is waited for.
   *
   * @throws Failure when there is none
   */
  Solve await(String ref, Caller caller) throws InterruptedException {
    long left = coming.toNanos();
    lock.lockInterruptibly();
    try {
      while (known.get(ref) == null && left > 0) {
        left = begun.awaitNanos(left);
      }
      Solve found = known.get(ref);
      if (found == null || !found.owner().equals(caller)) {
        throw new Failure(Failure.Code.NOT_FOUND, "no such job " + ref);
      }
      return found;
    } finally {
      lock.unlock();
    }
  }
}
