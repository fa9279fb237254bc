package dev.mokha.node.streaming;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyGoAwayFrame;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyGoAwayFrame;
import io.netty.handler.codec.spdy.SpdyHeaders;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyVersion;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.Future;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SPDY/3.1 as Kubernetes' clients speak it: the client opens streams, each with headers that say
 * what it is for, and every one is answered. There is no flow control but the connection's own.
 * Netty's codec does the framing; reading and writing have one each, since their compression states
 * are apart.
 */
final class SpdyConnection {
  private static final Logger log = LoggerFactory.getLogger(SpdyConnection.class);
  private static final int MOST_DATA = 32 * 1024;

  private final Connection connection;
  private final EmbeddedChannel reader =
      new EmbeddedChannel(new SpdyFrameCodec(SpdyVersion.SPDY_3_1));
  private final EmbeddedChannel writer =
      new EmbeddedChannel(new SpdyFrameCodec(SpdyVersion.SPDY_3_1));
  private final Map<Integer, Stream> streams = new ConcurrentHashMap<>();
  private final Consumer<Stream> onStream;
  private final Runnable onEnd;

  /**
   * Takes over a connection.
   *
   * @param onStream hears of each stream that the client opens, on the event loop
   * @param onEnd hears the end
   */
  SpdyConnection(Connection connection, Consumer<Stream> onStream, Runnable onEnd) {
    this.connection = connection;
    this.onStream = onStream;
    this.onEnd = onEnd;
  }

  void start() {
    connection.handle(this::receive, this::ended);
  }

  private void receive(byte[] bytes) {
    try {
      reader.writeInbound(Unpooled.wrappedBuffer(bytes));
      for (Object frame = reader.readInbound(); frame != null; frame = reader.readInbound()) {
        try {
          frame(frame);
        } finally {
          ReferenceCountUtil.release(frame);
        }
      }
    } catch (RuntimeException e) {
      log.debug("A client does not speak SPDY well", e);
      connection.close();
    }
  }

  private void frame(Object frame) {
    switch (frame) {
      case SpdySynStreamFrame syn -> {
        Stream stream = new Stream(syn.streamId(), syn.headers());
        streams.put(syn.streamId(), stream);
        send(reply(syn.streamId()));
        if (syn.isLast()) {
          stream.in.end();
        }
        onStream.accept(stream);
      }
      case SpdyDataFrame data -> {
        Stream stream = streams.get(data.streamId());
        if (stream != null) {
          byte[] bytes = new byte[data.content().readableBytes()];
          data.content().readBytes(bytes);
          stream.in.add(bytes);
          if (data.isLast()) {
            stream.in.end();
          }
        }
      }
      case SpdyRstStreamFrame reset -> {
        Stream stream = streams.remove(reset.streamId());
        if (stream != null) {
          stream.reset();
        }
      }
      case SpdyPingFrame ping -> send(new DefaultSpdyPingFrame(ping.id()));
      case SpdyGoAwayFrame _ -> log.trace("A client goes away");
      default -> log.trace("A frame is ignored: {}", frame.getClass());
    }
  }

  // Without a header Netty sends no header block at all, which Go's SPDY takes for a broken
  // connection.
  private static DefaultSpdySynReplyFrame reply(int stream) {
    DefaultSpdySynReplyFrame reply = new DefaultSpdySynReplyFrame(stream);
    reply.headers().set(SpdyHeaders.HttpNames.STATUS, "200");
    return reply;
  }

  private void ended() {
    streams.values().forEach(Stream::reset);
    streams.clear();
    reader.finishAndReleaseAll();
    onEnd.run();
  }

  // Encoded and sent in one order: the header compression of both sides must see the same.
  private Future<Void> send(Object frame) {
    synchronized (writer) {
      writer.writeOutbound(frame);
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (ByteBuf buffer = writer.readOutbound(); buffer != null; buffer = writer.readOutbound()) {
        all.writeBytes(Connection.take(buffer));
      }
      return connection.send(all.toByteArray());
    }
  }

  /** Says goodbye and closes after all that was written. */
  void close() {
    send(new DefaultSpdyGoAwayFrame(0));
    connection.close();
  }

  /** One stream that the client opened. */
  final class Stream implements Sink {
    private final int id;
    private final SpdyHeaders headers;
    private final ByteQueue in;
    private volatile boolean gone;
    private boolean ended;
    private volatile Runnable onReset = () -> {};

    Stream(int id, SpdyHeaders headers) {
      this.id = id;
      this.headers = headers;
      this.in = new ByteQueue(connection::pause, connection::resume);
    }

    String header(String name) {
      String value = headers.getAsString(name);
      return value == null ? "" : value;
    }

    ByteQueue in() {
      return in;
    }

    void onReset(Runnable handler) {
      onReset = handler;
      if (gone) {
        handler.run();
      }
    }

    private void reset() {
      gone = true;
      in.fail(new IOException("the stream was reset"));
      onReset.run();
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      for (int at = from; at < from + length; at += MOST_DATA) {
        int part = Math.min(MOST_DATA, from + length - at);
        data(Unpooled.copiedBuffer(bytes, at, part), false);
      }
    }

    private void data(ByteBuf content, boolean last) throws IOException {
      if (gone) {
        content.release();
        throw new IOException("the stream was reset");
      }
      DefaultSpdyDataFrame frame = new DefaultSpdyDataFrame(id, content);
      frame.setLast(last);
      Connection.await(SpdyConnection.this.send(frame));
    }

    @Override
    public synchronized void end() throws IOException {
      if (!ended) {
        ended = true;
        data(Unpooled.EMPTY_BUFFER, true);
      }
    }

    void refuse() {
      gone = true;
      streams.remove(id);
      send(new DefaultSpdyRstStreamFrame(id, SpdyStreamStatus.CANCEL));
    }

    void forget() {
      streams.remove(id);
    }
  }
}
