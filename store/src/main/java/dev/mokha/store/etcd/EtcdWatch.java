package dev.mokha.store.etcd;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import dev.mokha.store.Subscription;
import dev.mokha.store.WatchEvent;
import dev.mokha.store.WatchListener;
import io.etcd.jetcd.api.Event;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.WatchResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One watch: a virtual thread with the revision it has come to. When the connection is lost it
 * begins again behind that revision, at the same member or another one, so that its listener hears
 * of everything once and in order and never of the loss.
 *
 * <p>etcd is asked for the cluster's whole range whatever the prefix is: that is what makes a
 * revision which changed only other keys a progress mark.
 */
final class EtcdWatch implements Subscription {
  private static final Logger LOG = LoggerFactory.getLogger(EtcdWatch.class);
  private static final Duration IDLE = Duration.ofMinutes(1);

  /** So long the event of a revision may take before the watch is asked how far it has come. */
  private static final Duration PATIENCE = Duration.ofMillis(30);

  /** The same where only a write can tell: an event that is merely slow shall not cause one. */
  private static final Duration LONG_PATIENCE = Duration.ofMillis(500);

  /** Hears the marks of transactions too, each before the rest of its revision. */
  interface MarkListener extends WatchListener {
    /** The transaction of that revision wrote that mark. */
    void onMark(long revision, ByteString mark);
  }

  private final EtcdStore store;
  private final EtcdConnection connection;
  private final Keys keys;
  private final String prefix;
  private final WatchListener listener;
  private final boolean previous;
  private final ReentrantLock delivery = new ReentrantLock();
  private final Thread thread;
  private volatile boolean closed;
  private volatile long wanted;
  private volatile long cursor;
  private volatile WatchStream stream;

  EtcdWatch(
      EtcdStore store,
      EtcdConnection connection,
      Keys keys,
      String prefix,
      long afterRevision,
      WatchListener listener) {
    this.store = requireNonNull(store);
    this.connection = requireNonNull(connection);
    this.keys = requireNonNull(keys);
    this.prefix = requireNonNull(prefix);
    this.cursor = afterRevision;
    this.listener = requireNonNull(listener);
    this.previous = listener.wantsPrevious();
    this.thread = Thread.ofVirtual().name("etcd-watch " + prefix).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Somebody waits for the watch to reach that revision. */
  void want(long revision) {
    if (cursor < revision && wanted < revision) {
      wanted = revision;
      wake();
    }
  }

  /** Something changed that the watch should look at: what is wanted, or that the store closes. */
  void wake() {
    WatchStream waitsFor = stream;
    if (waitsFor != null) {
      waitsFor.wake();
    }
  }

  @Override
  public void close() {
    closed = true;
    // Waits for a call under way, unless this is that call.
    delivery.lock();
    try {
      store.forget(this);
    } finally {
      delivery.unlock();
    }
    wake();
  }

  private boolean isOver() {
    return closed || connection.isClosed();
  }

  private void run() {
    Throwable failure = null;
    try {
      for (int attempt = 0; !isOver(); attempt++) {
        int member = connection.member();
        long before = cursor;
        try (WatchStream begun =
            new WatchStream(
                connection.watches(member), keys.tick(), keys.end(), cursor + 1, previous)) {
          follow(begun, member);
        } catch (WatchStream.Lost e) {
          if (!isOver()) {
            connection.watchFailed(member, e.getCause());
            LOG.info("The watch of {} goes on from revision {} soon", prefix, cursor);
          }
        } catch (Compacted e) {
          store.compacted(e.revision);
          end(() -> listener.onCompacted(e.revision));
          return;
        }
        attempt = cursor > before ? 0 : attempt;
        pause(attempt);
      }
    } catch (RuntimeException e) {
      LOG.warn("The watch of {} ends: {}", prefix, e.toString());
      failure = e;
    } finally {
      store.forget(this);
    }
    Throwable cause = failure;
    end(() -> listener.onClosed(cause));
  }

  private void pause(int attempt) {
    if (isOver()) {
      return;
    }
    long millis = Math.min(1_000, 20L << Math.min(attempt, 6));
    try {
      Thread.sleep(millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1));
    } catch (InterruptedException e) {
      // A listener has left it behind; nobody interrupts this thread.
    }
  }

  private void follow(WatchStream begun, int member) throws WatchStream.Lost, Compacted {
    stream = begun;
    long silentSince = System.nanoTime();
    boolean awaited = false;
    while (!isOver()) {
      boolean nowAwaited = wanted > cursor;
      if (nowAwaited && !awaited) {
        silentSince = System.nanoTime();
      }
      awaited = nowAwaited;
      boolean asks = awaited && store.reportsProgress(member);
      Duration patience = awaited ? asks ? PATIENCE : LONG_PATIENCE : IDLE;
      WatchResponse response = begun.next(patience.minusNanos(System.nanoTime() - silentSince));
      if (response != null) {
        take(response);
      } else if (awaited
          && wanted > cursor
          && System.nanoTime() - silentSince >= patience.toNanos()) {
        // Another program's write, or one that changed nothing here: no event will say so.
        if (asks) {
          begun.askForProgress();
        } else {
          store.tick();
        }
      } else if (awaited) {
        continue; // woken for something else
      }
      silentSince = System.nanoTime();
    }
  }

  private void take(WatchResponse response) throws WatchStream.Lost, Compacted {
    if (response.getCanceled()) {
      if (response.getCompactRevision() > 0) {
        throw new Compacted(response.getCompactRevision());
      }
      throw new WatchStream.Lost(new IllegalStateException(response.getCancelReason()));
    }
    List<Event> events = response.getEventsList();
    for (int i = 0; i < events.size(); ) {
      long revision = events.get(i).getKv().getModRevision();
      requireHistory(events.get(i), revision);
      List<WatchEvent> changes = new ArrayList<>(2);
      for (; i < events.size() && events.get(i).getKv().getModRevision() == revision; i++) {
        Event event = events.get(i);
        if (keys.holds(event.getKv().getKey())) {
          WatchEvent change = change(event);
          if (change.key().startsWith(prefix)) {
            changes.add(change);
          }
        } else if (revision > cursor && listener instanceof MarkListener marks) {
          marks.onMark(revision, event.getKv().getValue());
        }
      }
      if (revision > cursor && !deliver(revision, List.copyOf(changes))) {
        return;
      }
    }
    // An answer to askForProgress; the version was looked at before it was asked for.
    boolean progress = events.isEmpty() && !response.getCreated() && response.getWatchId() == -1;
    if (progress && response.getHeader().getRevision() > cursor) {
      deliver(response.getHeader().getRevision(), List.of());
    }
  }

  /**
   * etcd gives the event of the very revision that was compacted to, but not what was before it.
   */
  private void requireHistory(Event event, long revision) throws Compacted {
    boolean had = event.getType() == Event.EventType.DELETE || event.getKv().getVersion() > 1;
    if (previous && had && !event.hasPrevKv() && keys.holds(event.getKv().getKey())) {
      throw new Compacted(revision);
    }
  }

  private boolean deliver(long revision, List<WatchEvent> changes) {
    delivery.lock();
    try {
      if (isOver()) {
        return false;
      }
      connection.saw(revision);
      cursor = revision;
      listener.onRevision(revision, changes);
      return true;
    } finally {
      delivery.unlock();
    }
  }

  private void end(Runnable lastCall) {
    delivery.lock();
    try {
      if (!closed) {
        closed = true;
        lastCall.run();
      }
    } catch (RuntimeException e) {
      LOG.warn("The listener of {} failed at its end", prefix, e);
    } finally {
      delivery.unlock();
    }
  }

  private WatchEvent change(Event event) {
    KeyValue now = event.getKv();
    boolean deleted = event.getType() == Event.EventType.DELETE;
    KeyValue before = event.hasPrevKv() ? event.getPrevKv() : null;
    return new WatchEvent(
        keys.name(now.getKey()),
        deleted ? null : now.getValue().toByteArray(),
        before == null ? null : before.getValue().toByteArray(),
        now.getModRevision(),
        before == null ? 0 : before.getModRevision(),
        deleted ? before == null ? 0 : before.getCreateRevision() : now.getCreateRevision());
  }

  /** What the watch asks for is gone. */
  private static final class Compacted extends Exception {
    private static final long serialVersionUID = 1L;

    final long revision;

    Compacted(long revision) {
      super("compacted at " + revision, null, false, false);
      this.revision = revision;
    }
  }
}
