package dev.mokha.docker.http;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;

/** The body of an answer whose length is not known: chunks, or for HTTP/1.0 all until the end. */
final class ChunkedOutput extends OutputStream {
  private static final int ROOM = 1 << 15;

  private final HttpConnection connection;
  private final Map<String, String> headers;
  private byte[] buffer = new byte[512];
  private int held;
  private boolean headSent;
  private boolean closed;

  ChunkedOutput(HttpConnection connection, Map<String, String> headers) {
    this.connection = connection;
    this.headers = headers;
  }

  boolean headSent() {
    return headSent;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (closed) {
      throw new IOException("The answer has ended");
    }
    if (held + length >= ROOM) {
      send(false);
    }
    if (length >= ROOM) {
      connection.sendChunk(bytes, offset, length, false);
      return;
    }
    if (held + length > buffer.length) {
      buffer =
          java.util.Arrays.copyOf(
              buffer, Math.min(ROOM, Math.max(2 * buffer.length, held + length)));
    }
    System.arraycopy(bytes, offset, buffer, held, length);
    held += length;
  }

  private void send(boolean last) throws IOException {
    if (!headSent) {
      headSent = true;
      connection.sendHead(200, headers);
    }
    connection.sendChunk(buffer, 0, held, last);
    held = 0;
  }

  @Override
  public void flush() throws IOException {
    if (!closed) {
      send(false);
    }
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      send(true);
    }
  }
}
