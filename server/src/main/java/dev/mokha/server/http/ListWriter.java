package dev.mokha.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;

/** Sends one list as fast as its client takes it. Used on the response's event loop only. */
final class ListWriter {
  private static final int PIECE = 64 << 10;

  private final HttpServerResponse response;
  private final ListBody.Reader reader;
  private boolean ended;

  private ListWriter(HttpServerResponse response, ListBody body) {
    this.response = response;
    this.reader = body.reader();
  }

  /** Begins; the head of the response must be set. */
  static void send(HttpServerResponse response, ListBody body) {
    ListWriter writer = new ListWriter(response, body);
    response.closeHandler(v -> writer.ended = true);
    response.exceptionHandler(t -> writer.ended = true);
    response.drainHandler(v -> writer.pump());
    writer.pump();
  }

  private void pump() {
    while (!ended && !response.writeQueueFull()) {
      // Vert.x never releases what it is given: so nothing pooled.
      ByteBuf piece = Unpooled.buffer(PIECE + (PIECE >> 2));
      reader.next(piece, PIECE);
      if (reader.hasMore()) {
        response.write(BufferInternal.buffer(piece));
      } else {
        ended = true;
        response.end(BufferInternal.buffer(piece));
      }
    }
  }
}
