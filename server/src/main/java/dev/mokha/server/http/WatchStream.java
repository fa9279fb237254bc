package dev.mokha.server.http;

import dev.mokha.api.object.Json;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.storage.ObjectWatch;
import dev.mokha.server.storage.ResourceCache;
import dev.mokha.server.storage.WatchedEvent;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.internal.buffer.BufferInternal;
import tools.jackson.databind.node.ObjectNode;

/**
 * One watch over one HTTP response. It writes while the connection takes it and stops when not; if
 * too much happens meanwhile, the watch is ended and the client begins anew.
 */
final class WatchStream {
  private static final long BOOKMARK_NANOS = 60_000_000_000L;
  private static final int WRITE_BYTES = 256 << 10;

  private final WatchLoop loop;
  private final EventSink sink;
  private final ObjectWatch watch;
  private final EventEncoder encoder;
  private final boolean bookmarks;
  private final long deadline;
  private final Runnable whenEnded;
  private boolean initialEnd;
  private boolean ended;
  private boolean waiting;
  private long lastBookmark = System.nanoTime();

  WatchStream(
      WatchLoop loop,
      EventSink sink,
      Answer.Events events,
      EventEncoder encoder,
      Runnable whenEnded) {
    this.loop = loop;
    this.sink = sink;
    this.watch = events.watch();
    this.encoder = encoder;
    this.bookmarks = events.bookmarks();
    this.initialEnd = events.initialEnd();
    this.deadline = System.nanoTime() + events.timeout().toNanos();
    this.whenEnded = whenEnded;
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
    while (!ended) {
      if (watch.fellBehind()) {
        end();
        return;
      }
      if (waiting) {
        return;
      }
      if (sink.isFull()) {
        waiting = true;
        return;
      }
      ByteBuf out = null;
      WatchedEvent event;
      while ((out == null || out.readableBytes() < WRITE_BYTES) && (event = watch.poll()) != null) {
        if (out == null) {
          out = Unpooled.buffer(512);
        }
        encoder.event(out, event);
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
      if (out != null) {
        write(out);
      } else if (watch.hasEnded()) {
        end();
      } else {
        return;
      }
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
    if (!ended && bookmarks && !initialEnd && !waiting && now - lastBookmark > BOOKMARK_NANOS) {
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

  private void stop() {
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
