package dev.mokha.server.storage;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * All objects of one resource, always current, and the chain of its recent changes.
 *
 * <p>A resource that is added while the server runs is loaded while changes go on: those that come
 * before it is loaded wait, and are applied after.
 *
 * <p>One thread applies changes; any number read. What a reader takes is one immutable {@link
 * State}, so that a list and the watch that follows it fit together without a lock.
 */
public final class ResourceCache {
  /** So many changes are kept for watchers that come late or are slow. */
  static final int WINDOW_CHANGES = 8192;

  /** At most so many bytes of objects are held by the window alone. */
  static final long WINDOW_BYTES = 32L << 20;

  /**
   * The resource at one moment.
   *
   * @param objects all objects
   * @param lastChange revision of the newest change in it
   * @param tail the newest change; what follows it is not in {@code objects}
   */
  record State(SortedChunks<StoredObject> objects, long lastChange, Change tail) {}

  private final StorageResource resource;
  private final List<Runnable> wakers = new CopyOnWriteArrayList<>();
  private volatile State state;
  private volatile Change oldest;
  private volatile List<Waiting> waiting;
  private volatile int epoch;
  private long windowBytes;

  /** A change that came before the objects were loaded. */
  private record Waiting(String key, StoredObject after, long revision) {}

  ResourceCache(StorageResource resource) {
    this.resource = resource;
    start(SortedChunks.empty(), 0);
  }

  /** From here on changes wait until {@link #load}. */
  void awaitLoad() {
    waiting = new ArrayList<>();
  }

  /** Begins with these objects, and goes on with the changes that came since they were read. */
  synchronized void load(SortedChunks<StoredObject> objects, long revision) {
    // The whole cache may have begun anew since, and know more already.
    if (revision >= state.lastChange) {
      start(objects, revision);
    }
    long read = state.lastChange;
    for (Waiting w : waiting) {
      if (w.revision > read) {
        applyNow(w.key, w.after, w.revision);
      }
    }
    waiting = null;
  }

  /** Ends all watches that have begun, once they have told what they can. */
  void endWatches() {
    synchronized (this) {
      epoch++;
    }
    wake();
  }

  /** Changes when {@link #endWatches} is called. */
  int epoch() {
    return epoch;
  }

  /**
   * Begins anew with these objects and no past: watchers that were there {@linkplain
   * ObjectWatch#fellBehind() must end}.
   */
  synchronized void start(SortedChunks<StoredObject> objects, long revision) {
    long sequence = state == null ? 0 : state.tail.sequence + WINDOW_CHANGES + 1;
    Change root = new Change(revision, sequence, null, null);
    windowBytes = 0;
    oldest = root;
    state = new State(objects, revision, root);
  }

  /** What it is a cache of. */
  public StorageResource resource() {
    return resource;
  }

  /** The revision of the newest change. */
  public long lastChange() {
    return state.lastChange;
  }

  /** How many objects there are. */
  public int size() {
    return state.objects.size();
  }

  State state() {
    return state;
  }

  /** Changes after this revision are in the chain. */
  Change oldest() {
    return oldest;
  }

  /** Applies one change; the caller wakes the watchers when the revision is complete. */
  void apply(String key, StoredObject after, long revision) {
    if (waiting != null) {
      synchronized (this) {
        if (waiting != null) {
          waiting.add(new Waiting(key, after, revision));
          return;
        }
      }
    }
    applyNow(key, after, revision);
  }

  private void applyNow(String key, StoredObject after, long revision) {
    State s = state;
    StoredObject before = s.objects.get(key);
    if (before == null && after == null) {
      return;
    }
    Change change = new Change(revision, s.tail.sequence + 1, before, after);
    SortedChunks<StoredObject> objects =
        after == null ? s.objects.without(key) : s.objects.with(key, after);
    s.tail.next = change;
    state = new State(objects, revision, change);
    trim(change);
  }

  private void trim(Change newest) {
    windowBytes += size(newest);
    Change from = oldest;
    while (from != newest
        && (newest.sequence - from.sequence > WINDOW_CHANGES || windowBytes > WINDOW_BYTES)
        && from.next != newest) {
      from = from.next;
      windowBytes -= size(from);
    }
    oldest = from;
  }

  private static long size(Change c) {
    return c.before == null ? 0 : c.before.object().json().length;
  }

  void wake() {
    for (Runnable waker : wakers) {
      waker.run();
    }
  }

  /** Calls the waker after every change, on the thread that applies changes: it must be quick. */
  public void addWaker(Runnable waker) {
    wakers.add(waker);
  }

  /** Calls it no more. */
  public void removeWaker(Runnable waker) {
    wakers.remove(waker);
  }

  /** Where a watch of everything after a revision begins; null when that is no longer known. */
  Change after(long revision) {
    Change c = oldest;
    if (revision < c.revision) {
      return null;
    }
    State s = state;
    if (revision >= s.lastChange) {
      return s.tail;
    }
    for (Change next = c.next; next != null && next.revision <= revision; next = c.next) {
      c = next;
    }
    return c;
  }
}
