package dev.mokha.engineclient.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;

/**
 * One connection: a request goes, its answer comes. Netty's codec turns messages into bytes and
 * back; this moves the bytes. Not for two threads at once, except that a body may be sent while an
 * answer is read.
 */
final class Connection implements AutoCloseable {
  private static final int CHUNK = 1 << 16;
  private static final int MAX_HEAD = 1 << 16;

  private final Wire wire;
  private final EmbeddedChannel codec =
      new EmbeddedChannel(new HttpClientCodec(4096, MAX_HEAD, CHUNK));
  private final byte[] buffer = new byte[CHUNK];
  private boolean ended;

  Connection(Wire wire) {
    this.wire = wire;
  }

  Wire wire() {
    return wire;
  }

  /** Sends a request whose body is written by {@code body}; null for none. */
  void send(HttpRequest request, InputStream body) throws IOException {
    flush(request);
    if (body != null) {
      byte[] piece = new byte[CHUNK];
      for (int n = body.read(piece); n >= 0; n = body.read(piece)) {
        if (n > 0) {
          flush(new DefaultHttpContent(Unpooled.copiedBuffer(piece, 0, n)));
        }
      }
    }
    flush(LastHttpContent.EMPTY_LAST_CONTENT);
    wire.out().flush();
  }

  private void flush(Object message) throws IOException {
    codec.writeOutbound(message);
    for (ByteBuf bytes = codec.readOutbound(); bytes != null; bytes = codec.readOutbound()) {
      try {
        bytes.readBytes(wire.out(), bytes.readableBytes());
      } finally {
        bytes.release();
      }
    }
  }

  /** The head of the answer; interim answers are passed over. */
  HttpResponse receiveHead() throws IOException {
    while (true) {
      HttpObject next = next();
      if (next == null) {
        throw new IOException("The engine closed the connection without an answer");
      }
      if (next instanceof HttpResponse response) {
        if (response.decoderResult().isFailure()) {
          throw new IOException(
              "The engine's answer is not HTTP: " + response.decoderResult().cause().getMessage());
        }
        return response;
      }
      ReferenceCountUtil.release(next); // the end of an interim answer
    }
  }

  /** The next piece of an answer; null at the end of the connection. */
  private HttpObject next() throws IOException {
    while (true) {
      HttpObject object = codec.readInbound();
      if (object != null) {
        return object;
      }
      if (ended) {
        return null;
      }
      int n = wire.in().read(buffer);
      if (n < 0) {
        ended = true;
        codec.finish(); // an answer without a length ends with the connection
      } else {
        codec.writeInbound(Unpooled.copiedBuffer(buffer, 0, n));
      }
    }
  }

  /** The answer's body; {@code atEnd} hears whether the connection can serve once more. */
  InputStream body(HttpResponse head, java.util.function.Consumer<Boolean> atEnd) {
    return new Body(HttpUtil.isKeepAlive(head), atEnd);
  }

  /** What comes after the head of an answer that makes the connection a plain stream. */
  InputStream raw(HttpResponse head) throws IOException {
    java.io.ByteArrayOutputStream read = new java.io.ByteArrayOutputStream();
    if (!head.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
      // Answered as an ordinary body without a length: what was decoded already comes first.
      for (HttpObject o = codec.readInbound(); o != null; o = codec.readInbound()) {
        take(o, read);
      }
    } else {
      for (Object o = codec.readInbound(); o != null; o = codec.readInbound()) {
        take(o, read);
      }
    }
    return new SequenceInputStream(new ByteArrayInputStream(read.toByteArray()), wire.in());
  }

  private static void take(Object o, java.io.OutputStream into) throws IOException {
    ByteBuf bytes =
        o instanceof HttpContent content ? content.content() : o instanceof ByteBuf b ? b : null;
    try {
      if (bytes != null) {
        bytes.readBytes(into, bytes.readableBytes());
      }
    } finally {
      ReferenceCountUtil.release(o);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      codec.finishAndReleaseAll();
    } catch (RuntimeException cutOff) {
      ended = true; // the codec complains about what is missing of an answer nobody wants any more
    }
    wire.close();
  }

  private final class Body extends InputStream {
    private final boolean keep;
    private final java.util.function.Consumer<Boolean> atEnd;
    private ByteBuf current = Unpooled.EMPTY_BUFFER;
    private boolean done;

    Body(boolean keep, java.util.function.Consumer<Boolean> atEnd) {
      this.keep = keep;
      this.atEnd = atEnd;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      while (!current.isReadable()) {
        if (done) {
          return -1;
        }
        advance();
      }
      int n = Math.min(length, current.readableBytes());
      current.readBytes(into, offset, n);
      return n;
    }

    private void advance() throws IOException {
      current.release();
      current = Unpooled.EMPTY_BUFFER;
      HttpObject object = Connection.this.next();
      if (object == null) {
        end(false);
        throw new IOException("The engine's answer ended early");
      }
      if (object.decoderResult().isFailure()) {
        ReferenceCountUtil.release(object);
        end(false);
        throw new IOException(
            "The engine's answer is broken: " + object.decoderResult().cause().getMessage());
      }
      if (object instanceof HttpContent content) {
        current = content.content();
        if (content instanceof LastHttpContent) {
          end(keep && !ended);
        }
      }
    }

    private void end(boolean reusable) {
      if (!done) {
        done = true;
        atEnd.accept(reusable);
      }
    }

    @Override
    public void close() {
      current.release();
      current = Unpooled.EMPTY_BUFFER;
      end(false);
    }
  }
}
