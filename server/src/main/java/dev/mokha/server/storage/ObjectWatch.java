package dev.mokha.server.storage;

import static java.util.Objects.requireNonNull;

import dev.mokha.server.storage.WatchedEvent.Type;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Predicate;

/**
 * One watcher's place in the chain of changes. Nothing is queued for it: it pulls, and when it has
 * fallen too far behind it is told to give up, so that no watcher costs memory by being slow.
 *
 * <p>Not thread-safe: one thread at a time.
 */
public final class ObjectWatch {
  private final ObjectCache cache;
  private final ResourceCache resource;
  private final Predicate<StoredObject> selection;
  private final Deque<WatchedEvent> initial;
  private final Deque<Change> history;
  private final long after;
  private final int epoch;
  private Change cursor;

  ObjectWatch(
      ObjectCache cache,
      ResourceCache resource,
      Predicate<StoredObject> selection,
      Deque<WatchedEvent> initial,
      Deque<Change> history,
      Change cursor,
      long after) {
    this.cache = requireNonNull(cache, "cache");
    this.resource = requireNonNull(resource, "resource");
    this.selection = requireNonNull(selection, "selection");
    this.initial = initial == null ? new ArrayDeque<>(0) : initial;
    this.history = history == null ? new ArrayDeque<>(0) : history;
    this.cursor = requireNonNull(cursor, "cursor");
    this.after = after;
    this.epoch = resource.epoch();
  }

  /** True when the resource is gone or looks different now, so that the watch must end. */
  public boolean hasEnded() {
    return resource.epoch() != epoch;
  }

  /** The next event, null when there is none now. */
  public WatchedEvent poll() {
    WatchedEvent first = initial.poll();
    if (first != null) {
      return first;
    }
    for (Change c = history.poll(); c != null; c = history.poll()) {
      WatchedEvent event = event(c);
      if (event != null) {
        return event;
      }
    }
    for (Change c = cursor.next; c != null; c = cursor.next) {
      cursor = c;
      WatchedEvent event = event(c);
      if (event != null) {
        return event;
      }
    }
    return null;
  }

  /** True while events of the state the watch began with are left. */
  public boolean hasInitial() {
    return !initial.isEmpty();
  }

  /**
   * True when so much happened since the last poll that the watch must end: it is behind the
   * window, so that it alone would keep what everybody else has let go. Or the cache has begun anew
   * and nobody knows what happened between.
   */
  public boolean fellBehind() {
    return cursor.sequence < resource.oldest().sequence;
  }

  /**
   * The revision up to which everything was polled: what a bookmark may say. -1 when there is more
   * to poll first.
   */
  public long progress() {
    long reached = cache.revision();
    if (fellBehind()) {
      // Also when the cache has begun anew: what it reached says nothing of this watch.
      return -1;
    }
    if (!initial.isEmpty() || !history.isEmpty() || cursor.next != null) {
      return -1;
    }
    return Math.max(Math.max(reached, cursor.revision), after);
  }

  /** The cache to be woken by. */
  public ResourceCache resource() {
    return resource;
  }

  private WatchedEvent event(Change c) {
    if (c.revision <= after) {
      return null;
    }
    boolean was = c.before != null && selection.test(c.before);
    boolean is = c.after != null && selection.test(c.after);
    if (is) {
      return new WatchedEvent(was ? Type.MODIFIED : Type.ADDED, c.after);
    }
    return was ? new WatchedEvent(Type.DELETED, c.gone()) : null;
  }
}
