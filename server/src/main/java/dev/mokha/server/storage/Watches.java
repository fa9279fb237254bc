package dev.mokha.server.storage;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.server.storage.WatchedEvent.Type;
import dev.mokha.store.Subscription;
import dev.mokha.store.WatchEvent;
import dev.mokha.store.WatchListener;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/** Begins watches: with the state of now, or with what happened since a revision. */
public final class Watches {
  private static final int MOST_HISTORY = 100_000;
  private static final Duration HISTORY_WAIT = Duration.ofSeconds(20);

  private final ObjectCache cache;

  /** Watches of what the cache holds. */
  public Watches(ObjectCache cache) {
    this.cache = requireNonNull(cache, "cache");
  }

  /**
   * A watch that first adds every object there is.
   *
   * @param scope which objects can be selected at all, for a quick start
   */
  public ObjectWatch fromState(
      StorageResource resource, Lists.Scope scope, Predicate<StoredObject> selection) {
    ResourceCache rc = cache.of(resource);
    ResourceCache.State state = rc.state();
    Deque<WatchedEvent> initial = new ArrayDeque<>();
    scope.scan(
        state.objects(),
        "",
        o -> {
          if (selection.test(o)) {
            initial.add(new WatchedEvent(Type.ADDED, o));
          }
          return true;
        });
    return new ObjectWatch(cache, rc, selection, initial, null, state.tail(), state.lastChange());
  }

  /** A watch of what happens from now on. */
  public ObjectWatch fromNow(StorageResource resource, Predicate<StoredObject> selection) {
    ResourceCache rc = cache.of(resource);
    ResourceCache.State state = rc.state();
    return new ObjectWatch(cache, rc, selection, null, null, state.tail(), state.lastChange());
  }

  /** True when {@link #since} can answer from memory, without blocking. */
  public boolean inWindow(StorageResource resource, long revision) {
    return cache.of(resource).oldest().revision <= revision;
  }

  /**
   * A watch of what happened after a revision. May block to read the store's history.
   *
   * @throws StatusException {@code Expired} when the store has forgotten what happened then
   */
  public ObjectWatch since(
      StorageResource resource, long revision, Predicate<StoredObject> selection) {
    ResourceCache rc = cache.of(resource);
    Change place = rc.after(revision);
    if (place != null) {
      return new ObjectWatch(cache, rc, selection, null, null, place, revision);
    }
    ResourceCache.State state = rc.state();
    Deque<Change> history = history(rc, revision, state.lastChange());
    return new ObjectWatch(cache, rc, selection, null, history, state.tail(), revision);
  }

  private Deque<Change> history(ResourceCache rc, long after, long upTo) {
    HistoryReader reader = new HistoryReader(rc, upTo);
    try (Subscription _ = cache.store().watch(rc.resource().prefix(), after, reader)) {
      return reader.done.get(HISTORY_WAIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof StatusException s
          ? s
          : StatusException.internal("reading the history failed: " + e.getCause().getMessage());
    } catch (TimeoutException e) {
      throw new StatusException(
          StatusReason.TIMEOUT, "reading the history took too long", StatusException.Details.NONE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StatusException(
          StatusReason.SERVICE_UNAVAILABLE, "shutting down", StatusException.Details.NONE);
    }
  }

  private final class HistoryReader implements WatchListener {
    private final ResourceCache rc;
    private final long upTo;
    private final Deque<Change> changes = new ArrayDeque<>();
    private final CompletableFuture<Deque<Change>> done = new CompletableFuture<>();

    HistoryReader(ResourceCache rc, long upTo) {
      this.rc = rc;
      this.upTo = upTo;
    }

    @Override
    public void onRevision(long revision, List<WatchEvent> events) {
      if (done.isDone()) {
        return;
      }
      if (revision <= upTo) {
        for (WatchEvent e : events) {
          changes.add(
              new Change(
                  revision,
                  0,
                  object(e.key(), e.previous(), e.previousRevision()),
                  object(e.key(), e.value(), revision)));
        }
      }
      if (revision >= upTo) {
        done.complete(changes);
      } else if (changes.size() > MOST_HISTORY) {
        done.completeExceptionally(StatusException.expired("too old resource version"));
      }
    }

    private StoredObject object(String key, byte[] value, long revision) {
      return value == null
          ? null
          : Prepared.read(cache.values(), key, value)
              .at(key.substring(rc.resource().prefix().length()), revision);
    }

    @Override
    public void onCompacted(long compactedRevision) {
      done.completeExceptionally(
          StatusException.expired("too old resource version (" + compactedRevision + ")"));
    }

    @Override
    public void onClosed(Throwable cause) {
      done.completeExceptionally(
          new StatusException(
              StatusReason.SERVICE_UNAVAILABLE,
              "the store is closed",
              StatusException.Details.NONE));
    }
  }
}
