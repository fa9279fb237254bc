package dev.mokha.node.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A chunked response as a stream; a write blocks while the client does not read. */
final class ResponseStream extends OutputStream {
  private static final int BUFFER = 16 * 1024;

  private final HttpServerResponse response;
  private Buffer buffer = Buffer.buffer();

  ResponseStream(HttpServerResponse response) {
    this.response = response;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    buffer.appendBytes(bytes, from, length);
    if (buffer.length() >= BUFFER) {
      flush();
    }
  }

  @Override
  public void flush() throws IOException {
    if (buffer.length() == 0) {
      return;
    }
    Buffer full = buffer;
    buffer = Buffer.buffer();
    if (response.closed()) {
      throw new IOException("the client is gone");
    }
    try {
      response.write(full).toCompletionStage().toCompletableFuture().get(5, TimeUnit.MINUTES);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("the client is gone", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void close() throws IOException {
    flush();
    response.end();
  }
}
