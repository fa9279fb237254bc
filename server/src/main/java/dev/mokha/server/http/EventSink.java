package dev.mokha.server.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.ServerWebSocket;
import java.time.Duration;

/** Where the events of a watch go: a response without end, or a WebSocket. */
interface EventSink {
  /** Whether several events may go out in one write. */
  boolean takesSeveral();

  void write(Buffer bytes);

  /** True when the client does not keep up. */
  boolean isFull();

  /**
   * Ends in good order.
   *
   * @return when all was written
   */
  Future<Void> end();

  /** Ends at once; what was not sent is lost. */
  void cut();

  /**
   * Sets who hears of it.
   *
   * @param drained when it takes more again
   * @param gone when the client went away
   */
  void listen(Runnable drained, Runnable gone);

  /** An HTTP response, its head written. */
  static EventSink of(HttpServerResponse response) {
    return new EventSink() {
      private Runnable gone = () -> {};

      @Override
      public boolean takesSeveral() {
        return true;
      }

      @Override
      public void write(Buffer bytes) {
        response.write(bytes).onFailure(t -> gone.run());
      }

      @Override
      public boolean isFull() {
        return response.writeQueueFull();
      }

      @Override
      public Future<Void> end() {
        return response.end();
      }

      @Override
      public void cut() {
        response.reset();
      }

      @Override
      public void listen(Runnable drained, Runnable whenGone) {
        gone = whenGone;
        response.closeHandler(v -> whenGone.run());
        response.exceptionHandler(t -> whenGone.run());
        response.drainHandler(v -> drained.run());
      }
    };
  }

  /**
   * A WebSocket: each event is a frame of its own.
   *
   * @param text whether events are text; else binary frames
   */
  static EventSink of(ServerWebSocket socket, boolean text) {
    return new EventSink() {
      private Runnable gone = () -> {};

      @Override
      public boolean takesSeveral() {
        return false;
      }

      @Override
      public void write(Buffer bytes) {
        (text ? socket.writeTextMessage(bytes.toString()) : socket.writeBinaryMessage(bytes))
            .onFailure(t -> gone.run());
      }

      @Override
      public boolean isFull() {
        // Between the client's close and our hearing of it the queue can't be asked.
        return socket.isClosed() || socket.writeQueueFull();
      }

      @Override
      public Future<Void> end() {
        return socket.close((short) 1000);
      }

      @Override
      public void cut() {
        socket.shutdown(Duration.ZERO);
      }

      @Override
      public void listen(Runnable drained, Runnable whenGone) {
        gone = whenGone;
        socket.closeHandler(v -> whenGone.run());
        socket.exceptionHandler(t -> whenGone.run());
        socket.drainHandler(v -> drained.run());
        socket.handler(ignored -> {}); // Whoever watches has nothing to say.
      }
    };
  }
}
