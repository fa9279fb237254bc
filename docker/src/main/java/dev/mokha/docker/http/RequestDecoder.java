package dev.mokha.docker.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;

/**
 * Netty's parser of requests (RFC 9112), used without its event loop: bytes go in, parts of one
 * request come out. It stops behind each request, since what follows may not be HTTP.
 */
final class RequestDecoder {
  /** Filters travel in the request line, registry credentials in headers. */
  private static final int LINE_BYTES = 1 << 16;

  private static final int HEADER_BYTES = 1 << 18;

  private final Stopping decoder = new Stopping();
  private final EmbeddedChannel channel = new EmbeddedChannel(decoder);

  /** Takes bytes in. */
  void feed(byte[] bytes, int length) {
    channel.writeInbound(Unpooled.copiedBuffer(bytes, 0, length));
  }

  /** The next part of the request; null when more bytes are needed, or the request has ended. */
  HttpObject next() {
    return channel.readInbound();
  }

  /** Goes on with the next request, beginning with bytes that came already. */
  void resume() {
    decoder.stopped = false;
    channel.writeInbound(Unpooled.EMPTY_BUFFER);
  }

  /** Ends parsing; the bytes that came behind the last request. */
  byte[] rest() {
    channel.pipeline().remove(decoder);
    ByteBuf all = Unpooled.buffer();
    for (Object message = channel.readInbound(); message != null; message = channel.readInbound()) {
      if (message instanceof ByteBuf bytes) {
        all.writeBytes(bytes);
        bytes.release();
      }
    }
    byte[] rest = new byte[all.readableBytes()];
    all.readBytes(rest);
    all.release();
    return rest;
  }

  /** Gives buffers back. */
  void close() {
    channel.finishAndReleaseAll();
  }

  private static final class Stopping extends HttpRequestDecoder {
    private boolean stopped;

    Stopping() {
      super(
          new HttpDecoderConfig()
              .setMaxInitialLineLength(LINE_BYTES)
              .setMaxHeaderSize(HEADER_BYTES)
              .setMaxChunkSize(1 << 16));
    }

    @Override
    protected void decode(
        io.netty.channel.ChannelHandlerContext context, ByteBuf in, List<Object> out)
        throws Exception {
      if (stopped) {
        return;
      }
      super.decode(context, in, out);
      stopped = !out.isEmpty() && out.getLast() instanceof LastHttpContent;
    }
  }
}
