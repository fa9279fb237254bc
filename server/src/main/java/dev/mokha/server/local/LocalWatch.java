package dev.mokha.server.local;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.client.ApiClient.Watch;
import dev.mokha.client.ApiClient.WatchHandler;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.storage.ObjectWatch;
import dev.mokha.server.storage.WatchedEvent;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/** A watch in this process: one virtual thread that pulls and calls the handler. */
final class LocalWatch implements Watch {
  private static final Logger log = LoggerFactory.getLogger(LocalWatch.class);
  private static final Duration BOOKMARK = Duration.ofMinutes(1);

  private final Answer.Events events;
  private final ObjectWatch watch;
  private final WatchHandler handler;
  private final Consumer<LocalWatch> whenEnded;
  private final Thread thread;
  private final Runnable waker;
  private volatile boolean closed;
  private volatile boolean woken;
  private volatile boolean serverCloses;

  LocalWatch(Answer.Events events, WatchHandler handler, Consumer<LocalWatch> whenEnded) {
    this.events = events;
    this.watch = events.watch();
    this.handler = handler;
    this.whenEnded = whenEnded;
    this.thread = Thread.ofVirtual().name("watch-" + events.as().resource()).unstarted(this::run);
    this.waker =
        () -> {
          woken = true;
          LockSupport.unpark(thread);
        };
  }

  void start() {
    watch.resource().addWaker(waker);
    thread.start();
  }

  private void run() {
    StatusException cause = null;
    try {
      follow();
    } catch (StatusException e) {
      cause = e;
    } catch (RuntimeException e) {
      log.error("a watch handler failed", e);
      cause = StatusException.internal(e.toString());
    } finally {
      watch.resource().removeWaker(waker);
      whenEnded.accept(this);
    }
    if (!closed) {
      handler.onClose(cause);
    }
  }

  private void follow() {
    long deadline = System.nanoTime() + events.timeout().toNanos();
    long bookmarkAt = System.nanoTime() + BOOKMARK.toNanos();
    boolean initialEnd = events.initialEnd();
    while (!closed) {
      if (serverCloses) {
        throw new StatusException(
            StatusReason.SERVICE_UNAVAILABLE,
            "the server is shutting down",
            StatusException.Details.NONE);
      }
      woken = false;
      WatchedEvent event;
      while (!closed && (event = watch.poll()) != null) {
        handler.onEvent(event.type().name(), events.as().view(event.object()));
      }
      if (watch.fellBehind()) {
        throw StatusException.expired("too old resource version: the watcher was too slow");
      }
      long now = System.nanoTime();
      if (now - deadline > 0 || watch.hasEnded()) {
        return;
      }
      if (events.bookmarks() && (initialEnd || now - bookmarkAt > 0)) {
        long revision = watch.progress();
        if (revision > 0) {
          handler.onEvent("BOOKMARK", bookmark(revision, initialEnd));
          initialEnd = false;
          bookmarkAt = now + BOOKMARK.toNanos();
        }
      }
      if (!woken && !closed && !serverCloses) {
        long wait =
            events.bookmarks() ? Math.min(bookmarkAt - now, deadline - now) : deadline - now;
        // A handler may have left an interrupt behind; with it the thread would spin, not park.
        Thread.interrupted();
        LockSupport.parkNanos(this, Math.max(1, wait));
      }
    }
  }

  private KubeObject bookmark(long revision, boolean initialEnd) {
    ObjectNode tree = Json.MAPPER.createObjectNode();
    tree.put("kind", events.as().type().kind());
    tree.put("apiVersion", events.as().type().gvr().groupVersion());
    ObjectNode meta = tree.putObject("metadata");
    meta.put("resourceVersion", Long.toString(revision));
    if (initialEnd) {
      meta.putObject("annotations").put("k8s.io/initial-events-end", "true");
    }
    return KubeObject.of(tree);
  }

  /** Ends the watch as a connection to a server ends that goes away. */
  void end() {
    serverCloses = true;
    LockSupport.unpark(thread);
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }
}
