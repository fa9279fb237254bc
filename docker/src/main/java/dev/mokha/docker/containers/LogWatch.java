package dev.mokha.docker.containers;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Wakes those who follow logs when something is written (inotify; one thread for all of them). */
public final class LogWatch implements AutoCloseable {
  private final WatchService service;
  private final Map<WatchKey, Set<Watched>> watched = new HashMap<>();

  /** Begins to watch; nothing yet. */
  public LogWatch() {
    try {
      service = FileSystems.getDefault().newWatchService();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("Files can't be watched: " + e.getMessage(), e);
    }
    Thread.ofVirtual().name("docker-logs").start(this::run);
  }

  private void run() {
    try {
      while (true) {
        WatchKey key = service.take();
        key.pollEvents();
        key.reset();
        synchronized (watched) {
          watched.getOrDefault(key, Set.of()).forEach(Watched::poke);
        }
      }
    } catch (ClosedWatchServiceException | InterruptedException e) {
      // The API is closed.
    }
  }

  /** Watches a directory until that is closed. */
  public Watched watch(Path directory) throws IOException {
    synchronized (watched) {
      WatchKey key =
          directory.register(
              service, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
      Watched one = new Watched(key);
      watched.computeIfAbsent(key, same -> new HashSet<>()).add(one);
      return one;
    }
  }

  @Override
  public void close() {
    try {
      service.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Somebody's view of a directory. */
  public final class Watched implements AutoCloseable {
    private final WatchKey key;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long version;

    private Watched(WatchKey key) {
      this.key = key;
    }

    /** Counts changes. */
    public long version() {
      lock.lock();
      try {
        return version;
      } finally {
        lock.unlock();
      }
    }

    /** Wakes who waits. */
    public void poke() {
      lock.lock();
      try {
        version++;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    /**
     * Waits for a change after a version.
     *
     * @param deadline null for none
     * @return false when it has passed
     */
    public boolean await(long seen, Instant deadline) throws InterruptedException {
      lock.lock();
      try {
        while (version == seen) {
          if (deadline == null) {
            changed.await();
            continue;
          }
          Duration left = Duration.between(Instant.now(), deadline);
          if (left.isNegative() || !changed.await(left.toNanos(), TimeUnit.NANOSECONDS)) {
            return false;
          }
        }
        return true;
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void close() {
      synchronized (watched) {
        Set<Watched> others = watched.getOrDefault(key, Set.of());
        others.remove(this);
        if (others.isEmpty()) {
          watched.remove(key);
          key.cancel();
        }
      }
    }
  }
}
