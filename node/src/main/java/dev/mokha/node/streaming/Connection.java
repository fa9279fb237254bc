package dev.mokha.node.streaming;

import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** A two-way flow of bytes: a raw socket, or the binary messages of a WebSocket. */
interface Connection {
  /** Hears bytes and the end, on the connection's event loop. */
  void handle(Consumer<byte[]> onBytes, Runnable onEnd);

  /**
   * Begins to write, in the order of the calls; the future is done when the bytes are on their way.
   */
  Future<Void> send(byte[] bytes);

  void pause();

  void resume();

  /** Closes after all that was written. */
  void close();

  /** Over a raw socket. */
  static Connection of(NetSocket socket) {
    return new Connection() {
      @Override
      public void handle(Consumer<byte[]> onBytes, Runnable onEnd) {
        socket.handler(buffer -> onBytes.accept(buffer.getBytes()));
        socket.exceptionHandler(e -> socket.close());
        socket.closeHandler(v -> onEnd.run());
        socket.resume();
      }

      @Override
      public Future<Void> send(byte[] bytes) {
        return socket.write(Buffer.buffer(bytes));
      }

      @Override
      public void pause() {
        socket.pause();
      }

      @Override
      public void resume() {
        socket.resume();
      }

      @Override
      public void close() {
        socket.close();
      }
    };
  }

  /** Over a WebSocket's binary messages. */
  static Connection of(ServerWebSocket socket) {
    return new Connection() {
      @Override
      public void handle(Consumer<byte[]> onBytes, Runnable onEnd) {
        socket.binaryMessageHandler(buffer -> onBytes.accept(buffer.getBytes()));
        socket.exceptionHandler(e -> socket.close());
        socket.closeHandler(v -> onEnd.run());
        socket.resume();
      }

      @Override
      public Future<Void> send(byte[] bytes) {
        return socket.writeBinaryMessage(Buffer.buffer(bytes));
      }

      @Override
      public void pause() {
        socket.pause();
      }

      @Override
      public void resume() {
        socket.resume();
      }

      @Override
      public void close() {
        socket.close();
      }
    };
  }

  /** Waits for an operation of the event loop. */
  static void await(Future<Void> operation) throws IOException {
    try {
      operation.toCompletionStage().toCompletableFuture().get(5, TimeUnit.MINUTES);
    } catch (ExecutionException e) {
      throw new IOException("the client is gone", e.getCause());
    } catch (RejectedExecutionException e) {
      throw new IOException("the node agent is ending", e);
    } catch (TimeoutException e) {
      throw new IOException("the client does not read", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** The bytes of a buffer, which is released. */
  static byte[] take(ByteBuf buffer) {
    try {
      byte[] bytes = new byte[buffer.readableBytes()];
      buffer.readBytes(bytes);
      return bytes;
    } finally {
      buffer.release();
    }
  }
}
