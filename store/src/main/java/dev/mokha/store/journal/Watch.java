package dev.mokha.store.journal;

import dev.mokha.store.Subscription;
import dev.mokha.store.WatchEvent;
import dev.mokha.store.WatchListener;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One watch: a virtual thread with a cursor into the history. It needs no queue, and so a slow
 * listener costs nobody anything but itself.
 */
final class Watch implements Subscription {
  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

  private final JournaledStore store;
  private final String prefix;
  private final WatchListener listener;
  private final boolean previous;
  private final ReentrantLock delivery = new ReentrantLock();
  private final Thread thread;
  private volatile boolean closed;
  private long cursor;

  Watch(JournaledStore store, String prefix, long afterRevision, WatchListener listener) {
    this.store = store;
    this.prefix = prefix;
    this.cursor = afterRevision;
    this.listener = listener;
    this.previous = listener.wantsPrevious();
    this.thread = Thread.ofVirtual().name("store-watch " + prefix).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Something became visible, or the store closes. */
  void wake() {
    LockSupport.unpark(thread);
  }

  @Override
  public void close() {
    closed = true;
    wake();
    // Waits for a call under way, unless this is that call.
    delivery.lock();
    try {
      store.forget(this);
    } finally {
      delivery.unlock();
    }
  }

  private void run() {
    Throwable failure = null;
    try {
      while (!closed && !store.isClosed()) {
        if (store.visibleRevision() <= cursor && cursor >= store.compactedRevision()) {
          // A listener may have left an interrupt behind; with it the thread would spin, not park.
          Thread.interrupted();
          LockSupport.park(this);
          continue;
        }
        List<Revision> revisions = store.history(cursor, previous);
        if (revisions == null) {
          end(() -> listener.onCompacted(store.compactedRevision()));
          return;
        }
        for (Revision revision : revisions) {
          if (!deliver(revision)) {
            return;
          }
        }
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

  private boolean deliver(Revision revision) {
    List<WatchEvent> events = matching(revision.events());
    delivery.lock();
    try {
      if (closed) {
        return false;
      }
      cursor = revision.revision();
      listener.onRevision(cursor, events);
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

  private List<WatchEvent> matching(List<WatchEvent> events) {
    if (events.size() == 1) {
      return events.get(0).key().startsWith(prefix) ? events : List.of();
    }
    List<WatchEvent> found = new ArrayList<>(events.size());
    for (WatchEvent event : events) {
      if (event.key().startsWith(prefix)) {
        found.add(event);
      }
    }
    return found.size() == events.size() ? events : List.copyOf(found);
  }
}
