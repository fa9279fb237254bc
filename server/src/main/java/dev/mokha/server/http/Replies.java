package dev.mokha.server.http;

import dev.mokha.api.error.StatusException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/** Sends replies. */
final class Replies {
  private static final int WORTH_ZIPPING = 128 << 10;
  private static final int ZIP_PIECE = 64 << 10;

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
    response.putHeader("Content-Length", Long.toString(reply.body().length()));
    switch (reply.body()) {
      case Body.Bytes b -> response.end(BufferInternal.buffer(Unpooled.wrappedBuffer(b.bytes())));
      case ListBody list -> ListWriter.send(response, list);
    }
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
    if (reply.body().length() < WORTH_ZIPPING
        || accepts == null
        || !accepts.contains("gzip")
        || Connections.isLocal(request)) {
      return reply;
    }
    return new Reply(
            reply.code(),
            reply.contentType(),
            new Body.Bytes(zipped(reply.body())),
            reply.headers(),
            reply.warnings())
        .with("Content-Encoding", "gzip");
  }

  private static byte[] zipped(Body body) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(32 << 10);
    try (GZIPOutputStream gzip =
        new GZIPOutputStream(out) {
          {
            def.setLevel(Deflater.BEST_SPEED);
          }
        }) {
      switch (body) {
        case Body.Bytes b -> gzip.write(b.bytes());
        case ListBody list -> {
          ByteBuf piece = Unpooled.buffer(ZIP_PIECE);
          for (ListBody.Reader reader = list.reader(); reader.hasMore(); piece.clear()) {
            reader.next(piece, ZIP_PIECE);
            gzip.write(piece.array(), 0, piece.readableBytes());
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
