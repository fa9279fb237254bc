package dev.mokha.store.journal;

import dev.mokha.store.WatchEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * All keys as readers see them, without their values: which would be in memory twice, since the
 * server above keeps its objects too.
 *
 * <p>One thread changes it; any number read. The one that changes needs no lock to read.
 */
final class Index {
  /**
   * Some keys at one revision.
   *
   * @param keys in {@link KeyOrder}
   */
  record View(long revision, List<Journal.Located> keys) {}

  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final TreeMap<String, Version> keys;
  private volatile long revision;

  Index(long revision, SortedMap<String, Version> keys) {
    this.revision = revision;
    this.keys = new TreeMap<>(keys);
  }

  long revision() {
    return revision;
  }

  /** For the thread that changes the index. */
  Version getUnlocked(String key) {
    return keys.get(key);
  }

  Version get(String key) {
    lock.readLock().lock();
    try {
      return keys.get(key);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** All keys that begin so, and the revision they are seen at. */
  View list(String prefix) {
    lock.readLock().lock();
    try {
      List<Journal.Located> found = new ArrayList<>();
      SortedMap<String, Version> from = prefix.isEmpty() ? keys : keys.tailMap(prefix);
      for (var entry : from.entrySet()) {
        if (!entry.getKey().startsWith(prefix)) {
          break;
        }
        found.add(new Journal.Located(entry.getKey(), entry.getValue()));
      }
      return new View(revision, found);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Shows revisions, all at once. */
  void apply(List<Revision> revisions) {
    lock.writeLock().lock();
    try {
      for (Revision next : revisions) {
        for (WatchEvent event : next.events()) {
          if (event.isDelete()) {
            keys.remove(event.key());
          } else {
            keys.put(event.key(), new Version(event.createRevision(), event.revision()));
          }
        }
      }
      revision = revisions.getLast().revision();
    } finally {
      lock.writeLock().unlock();
    }
  }
}
