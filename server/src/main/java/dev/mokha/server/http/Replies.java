package dev.mokha.server.http;

import dev.mokha.api.error.StatusException;
import io.netty.buffer.Unpooled;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Sends replies. */
final class Replies {
  private static final int WORTH_ZIPPING = 128 << 10;

  private Replies() {}

  static Reply of(StatusException e, Accept accept) {
    Reply reply = Encoder.tree(e.code(), e.toStatus(), accept);
    int retry = e.details().retryAfterSeconds();
    return retry > 0 ? reply.with("Retry-After", Integer.toString(retry)) : reply;
  }

  static void sendFromWorker(HttpServerRequest request, Reply reply) {
    Reply ready = zipped(request, reply);
    onLoop(request, () -> write(request, ready));
  }

  static void onLoop(HttpServerRequest request, Runnable action) {
    Connections.context(request).execute(action);
  }

  static void send(HttpServerRequest request, Reply reply) {
    write(request, zipped(request, reply));
  }

  private static void write(HttpServerRequest request, Reply reply) {
    HttpServerResponse response = request.response();
    if (response.closed() || response.ended()) {
      return;
    }
    response.setStatusCode(reply.code());
    response.putHeader("Content-Type", reply.contentType());
    response.putHeader("Cache-Control", "no-cache, private");
    reply.headers().forEach(response::putHeader);
    warn(response, reply.warnings());
    response.end(BufferInternal.buffer(Unpooled.wrappedBuffer(reply.body())));
  }

  /** As RFC 7234 section 5.5 has it, with the code Kubernetes uses. */
  static void warn(HttpServerResponse response, List<String> warnings) {
    for (String w : warnings) {
      response
          .headers()
          .add("Warning", "299 - \"" + w.replace("\\", "\\\\").replace("\"", "\\\"") + "\"");
    }
  }

  /** Large answers are compressed for clients far away; on the same host it only costs time. */
  private static Reply zipped(HttpServerRequest request, Reply reply) {
    String accepts = request.getHeader("Accept-Encoding");
    if (reply.body().length < WORTH_ZIPPING
        || accepts == null
        || !accepts.contains("gzip")
        || Connections.isLocal(request)) {
      return reply;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(reply.body().length / 4);
    try (GZIPOutputStream gzip =
        new GZIPOutputStream(out) {
          {
            def.setLevel(java.util.zip.Deflater.BEST_SPEED);
          }
        }) {
      gzip.write(reply.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Reply(
            reply.code(), reply.contentType(), out.toByteArray(), reply.headers(), reply.warnings())
        .with("Content-Encoding", "gzip");
  }
}
