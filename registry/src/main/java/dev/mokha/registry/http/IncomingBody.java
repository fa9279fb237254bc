package dev.mokha.registry.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.registry.ErrorCode;
import dev.mokha.registry.RegistryException;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;

/**
 * A request's body as a virtual thread reads it. The connection is not read while more than a
 * little waits here, so that a fast sender is held back by a slow disk.
 */
final class IncomingBody {
  private static final int MOST_WAITING = 1 << 20;
  private static final int FEW_WAITING = 1 << 18;
  private static final Object END = new Object();

  private final HttpServerRequest request;
  private final Context context;
  private final Duration patience;
  private final BlockingQueue<Object> parts = new LinkedBlockingQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicBoolean paused = new AtomicBoolean(true);
  private final LongConsumer counted;
  private boolean ended;

  /**
   * Takes over a request's body; to be made on its event loop, before anything was read.
   *
   * @param patience how long a sender may send nothing
   * @param counted is told how many bytes have come
   */
  IncomingBody(
      HttpServerRequest request, Context context, Duration patience, LongConsumer counted) {
    this.request = requireNonNull(request);
    this.context = requireNonNull(context);
    this.patience = requireNonNull(patience);
    this.counted = requireNonNull(counted);
    request.pause();
    request.handler(this::arrived);
    request.endHandler(v -> parts.add(END));
    request.exceptionHandler(parts::add);
  }

  private void arrived(Buffer part) {
    if (part.length() > 0) {
      counted.accept(part.length());
      parts.add(part);
      if (waiting.addAndGet(part.length()) > MOST_WAITING && paused.compareAndSet(false, true)) {
        request.pause();
      }
    }
  }

  /**
   * The next bytes; null at the end.
   *
   * @throws IOException when the connection was cut
   * @throws RegistryException when the sender has stalled
   */
  byte[] next() throws IOException, InterruptedException {
    if (ended) {
      return null;
    }
    if (waiting.get() <= FEW_WAITING && paused.compareAndSet(true, false)) {
      context.runOnContext(v -> request.resume());
    }
    Object part = parts.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
    if (part == END) {
      ended = true;
      return null;
    }
    if (part instanceof Buffer buffer) {
      waiting.addAndGet(-buffer.length());
      return buffer.getBytes();
    }
    ended = true;
    if (part instanceof Throwable failure) {
      throw new IOException("the connection was cut: " + failure.getMessage(), failure);
    }
    throw new RegistryException(
        ErrorCode.BLOB_UPLOAD_INVALID,
        408,
        "nothing came for " + patience.toSeconds() + " s; go on from where the upload is",
        List.of(),
        null);
  }

  /**
   * All of it.
   *
   * @throws RegistryException when it is longer than allowed
   */
  byte[] all(int most) throws IOException, InterruptedException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part = next(); part != null; part = next()) {
      if (all.size() + part.length > most) {
        throw new RegistryException(
            ErrorCode.SIZE_INVALID,
            413,
            "the body is longer than the " + most + " bytes that are taken",
            List.of(),
            null);
      }
      all.write(part, 0, part.length);
    }
    return all.toByteArray();
  }

  /** Whether all of it was read. */
  boolean isRead() {
    return ended || parts.peek() == END;
  }

  /** Lets the rest go by unread; on the event loop. */
  void discard() {
    request.handler(part -> {});
    request.endHandler(v -> {});
    request.exceptionHandler(failure -> {});
    request.resume();
  }
}
