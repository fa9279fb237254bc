package dev.mokha.server.http;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.storage.ObjectWatch;
import dev.mokha.server.storage.ResourceCache;
import dev.mokha.server.storage.WatchedEvent;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import tools.jackson.databind.node.ObjectNode;

/**
 * One watch over one HTTP response. It writes while the connection takes it and stops when not; if
 * too much happens meanwhile, the watch is ended and the client begins anew.
 *
 * <p>Used on its event loop only. Where making an object's form may wait for a webhook, events are
 * made aside, one batch at a time, and handed back.
 */
final class WatchStream {
  private static final long BOOKMARK_NANOS = 60_000_000_000L;
  private static final int WRITE_BYTES = 256 << 10;
  private static final long GRACE_MILLIS = 5_000;

  private final WatchLoop loop;
  private final EventSink sink;
  private final ObjectWatch watch;
  private final EventEncoder encoder;
  private final boolean bookmarks;
  private final long deadline;
  private final Runnable whenEnded;
  private final Executor aside;
  private final LongAdder sent;
  private boolean busy;
  private boolean initialEnd;
  private boolean ended;
  private boolean waiting;
  private long lastBookmark = System.nanoTime();

  WatchStream(
      WatchLoop loop,
      EventSink sink,
      Answer.Events events,
      EventEncoder encoder,
      Executor aside,
      LongAdder sent,
      Runnable whenEnded) {
    this.loop = loop;
    this.sent = sent;
    this.sink = sink;
    this.watch = events.watch();
    this.encoder = encoder;
    this.bookmarks = events.bookmarks();
    this.initialEnd = events.initialEnd();
    this.deadline = System.nanoTime() + events.timeout().toNanos();
    this.whenEnded = whenEnded;
    this.aside = aside;
    sink.listen(
        () -> {
          waiting = false;
          pump();
        },
        this::stop);
  }

  /** When it ends at the latest, as {@link System#nanoTime} counts. */
  long deadline() {
    return deadline;
  }

  ResourceCache resource() {
    return watch.resource();
  }

  /** Writes what is new. */
  void pump() {
    while (!ended && !busy) {
      if (watch.fellBehind()) {
        endSlow();
        return;
      }
      if (waiting) {
        return;
      }
      if (sink.isFull()) {
        waiting = true;
        return;
      }
      if (aside != null) {
        busy = true;
        aside.execute(this::fillAside);
        return;
      }
      if (!take(fill())) {
        return;
      }
    }
  }

  /** What is new as bytes; null when nothing is. */
  private ByteBuf fill() {
    ByteBuf out = null;
    WatchedEvent event;
    while ((out == null || out.readableBytes() < WRITE_BYTES) && (event = watch.poll()) != null) {
      if (out == null) {
        out = Unpooled.buffer(512);
      }
      encoder.event(out, event);
      sent.increment();
      if (!sink.takesSeveral()) {
        break;
      }
    }
    if (initialEnd && !watch.hasInitial() && (out == null || sink.takesSeveral())) {
      long revision = watch.progress();
      if (revision >= 0) {
        initialEnd = false;
        out = out == null ? Unpooled.buffer(256) : out;
        encoder.bookmark(out, revision, true);
      }
    }
    return out;
  }

  /** Sends it; returns whether there may be more. */
  private boolean take(ByteBuf out) {
    if (ended) {
      return false;
    }
    if (out != null) {
      write(out);
      return true;
    }
    if (watch.hasEnded()) {
      end();
    }
    return false;
  }

  /** The same off the event loop, for what may wait for a conversion webhook. */
  private void fillAside() {
    ByteBuf out = null;
    StatusException failure = null;
    try {
      out = fill();
    } catch (StatusException e) {
      failure = e;
    }
    ByteBuf filled = out;
    StatusException failed = failure;
    loop.run(
        () -> {
          busy = false;
          if (failed != null) {
            fail(failed);
          } else if (take(filled)) {
            pump();
          }
        });
  }

  private void fail(StatusException e) {
    if (!ended) {
      ByteBuf out = Unpooled.buffer(256);
      encoder.failure(out, e.toStatus());
      write(out);
      end();
    }
  }

  private void write(ByteBuf out) {
    sink.write(BufferInternal.buffer(out));
  }

  /** Called every few seconds. */
  void tick(long now) {
    if (now - deadline > 0) {
      end();
      return;
    }
    pump();
    if (!ended
        && !busy
        && bookmarks
        && !initialEnd
        && !waiting
        && now - lastBookmark > BOOKMARK_NANOS) {
      long revision = watch.progress();
      if (revision > 0) {
        lastBookmark = now;
        ByteBuf out = Unpooled.buffer(256);
        encoder.bookmark(out, revision, false);
        write(out);
      }
    }
  }

  /** Ends the response in good order. */
  void end() {
    if (!ended) {
      stop();
      sink.end();
    }
  }

  /** The client may never read what is left for it: it has a while to do so, no longer. */
  private void endSlow() {
    if (!ended) {
      stop();
      Future<Void> written = sink.end();
      loop.later(
          GRACE_MILLIS,
          () -> {
            if (!written.isComplete()) {
              sink.cut();
            }
          });
    }
  }

  /** Ends it without a word: nobody listens any more. */
  void stop() {
    if (!ended) {
      ended = true;
      loop.remove(this);
      whenEnded.run();
    }
  }

  /** Writes events in the form one client wants. */
  interface EventEncoder {
    void event(ByteBuf out, WatchedEvent event);

    void bookmark(ByteBuf out, long revision, boolean initialEnd);

    /** Tells why the watch can't go on; the last that is sent. */
    void failure(ByteBuf out, ObjectNode status);
  }

  /** What a bookmark shows: a kind and a revision. */
  static ObjectNode bookmarkObject(
      String kind, String apiVersion, long revision, boolean initialEnd) {
    ObjectNode object = Json.MAPPER.createObjectNode();
    object.put("kind", kind).put("apiVersion", apiVersion);
    ObjectNode meta = object.putObject("metadata");
    meta.put("resourceVersion", Long.toString(revision)).putNull("creationTimestamp");
    if (initialEnd) {
      meta.putObject("annotations").put("k8s.io/initial-events-end", "true");
    }
    return object;
  }
}
