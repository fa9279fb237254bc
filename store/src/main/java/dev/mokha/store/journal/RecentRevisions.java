package dev.mokha.store.journal;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The latest revisions, bounded in number and bytes, so that watches which keep up never read the
 * journal.
 */
final class RecentRevisions {
  private static final int MAX_REVISIONS = 1 << 13;
  private static final long MAX_WEIGHT = 8 << 20;

  private final ReentrantLock lock = new ReentrantLock();
  private final Revision[] ring = new Revision[MAX_REVISIONS];
  private long oldest;
  private long latest;
  private long weight;

  /** Begins empty behind that revision. */
  RecentRevisions(long latest) {
    this.latest = latest;
    this.oldest = latest + 1;
  }

  void append(List<Revision> revisions) {
    lock.lock();
    try {
      for (Revision revision : revisions) {
        if (latest - oldest + 1 == MAX_REVISIONS) {
          dropOldest();
        }
        latest = revision.revision();
        ring[slot(latest)] = revision;
        weight += revision.weight();
        while (weight > MAX_WEIGHT && oldest < latest) {
          dropOldest();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private void dropOldest() {
    int slot = slot(oldest++);
    weight -= ring[slot].weight();
    ring[slot] = null;
  }

  private static int slot(long revision) {
    return (int) (revision & (MAX_REVISIONS - 1));
  }

  /** The revisions after that one; null when some of them are not here any more. */
  List<Revision> read(long after, long upTo, int max) {
    lock.lock();
    try {
      if (after + 1 < oldest) {
        return null;
      }
      long end = Math.min(Math.min(upTo, latest), after + max);
      List<Revision> found = new ArrayList<>((int) Math.max(0, end - after));
      for (long r = after + 1; r <= end; r++) {
        found.add(ring[slot(r)]);
      }
      return found;
    } finally {
      lock.unlock();
    }
  }
}
