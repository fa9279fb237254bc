package dev.mokha.server.local;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** All watches of one server within its own process, which end when it does. */
public final class LocalWatches implements AutoCloseable {
  private final Set<LocalWatch> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  void add(LocalWatch watch) {
    open.add(watch);
    if (closed) {
      watch.end();
    }
  }

  void remove(LocalWatch watch) {
    open.remove(watch);
  }

  /** How many there are. */
  public int size() {
    return open.size();
  }

  /** Ends them; their handlers hear that the server is gone. */
  @Override
  public void close() {
    closed = true;
    open.forEach(LocalWatch::end);
  }
}
