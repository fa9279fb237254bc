package dev.mokha.docker.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;

/** A request's body, taken from the connection as it is read. */
final class RequestBody extends BlockInput {
  private final HttpConnection connection;
  private boolean expectsContinue;
  private ByteBuf current;
  private boolean ended;
  private boolean broken;

  RequestBody(HttpConnection connection, boolean expectsContinue) {
    this.connection = connection;
    this.expectsContinue = expectsContinue;
  }

  /** Whether nothing can follow it: the client waits to be told that it may send, or sent junk. */
  boolean unwanted() {
    return expectsContinue || broken;
  }

  boolean ended() {
    return ended;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (expectsContinue) {
      expectsContinue = false;
      connection.sendContinue();
    }
    while (current == null || !current.isReadable()) {
      release();
      if (ended) {
        return -1;
      }
      HttpObject part = connection.nextPart();
      if (part == null) {
        broken = true;
        throw new BrokenBody("unexpected EOF", null);
      }
      if (part.decoderResult().isFailure()) {
        broken = true;
        throw new BrokenBody("malformed request body", part.decoderResult().cause());
      }
      if (part instanceof HttpContent content) {
        current = content.content();
        ended = part instanceof LastHttpContent;
      }
    }
    int n = Math.min(length, current.readableBytes());
    current.readBytes(bytes, offset, n);
    return n;
  }

  @Override
  public int available() {
    return current == null ? 0 : current.readableBytes();
  }

  void release() {
    if (current != null) {
      current.release();
      current = null;
    }
  }

  /** The client's fault: its body ended early, or is no body at all. */
  static final class BrokenBody extends IOException {
    private static final long serialVersionUID = 1;

    BrokenBody(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
