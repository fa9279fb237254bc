package dev.mokha.engine.content;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Who needs which content right now. An operation takes a lease, names what it needs before it
 * looks whether that is there, and closes the lease when the image or container that keeps the
 * content for good is on disk. Collection removes nothing that is leased.
 *
 * <p>Leases live in memory: the data directory has one daemon, and what a killed one was doing is
 * no one's any more.
 */
public final class Leases {
  private final Map<String, Integer> counts = new HashMap<>();
  private final ReentrantLock lock = new ReentrantLock();

  /** A lease on nothing yet. */
  public Lease take() {
    return new Lease();
  }

  /** Runs a collection: nobody can lease anything while it runs. */
  public <T> T collecting(Function<Set<String>, T> collection) {
    lock.lock();
    try {
      return collection.apply(Set.copyOf(counts.keySet()));
    } finally {
      lock.unlock();
    }
  }

  /** One operation's claims. */
  public final class Lease implements AutoCloseable {
    private final Set<String> keys = new HashSet<>();

    private Lease() {}

    /** Keeps the content of that key. */
    public void add(String key) {
      lock.lock();
      try {
        if (keys.add(key)) {
          counts.merge(key, 1, Integer::sum);
        }
      } finally {
        lock.unlock();
      }
    }

    /** Keeps a blob. */
    public void add(Digest digest) {
      add(digest.toString());
    }

    /** Gives all of it up. */
    @Override
    public void close() {
      lock.lock();
      try {
        for (String key : keys) {
          counts.computeIfPresent(key, (k, n) -> n == 1 ? null : n - 1);
        }
        keys.clear();
      } finally {
        lock.unlock();
      }
    }
  }
}
