package dev.mokha.node;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyVersion;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** A client of SPDY/3.1 as kubectl is one, over a socket that was upgraded. */
final class SpdyClient implements AutoCloseable {
  private final Socket socket;
  private final EmbeddedChannel codec =
      new EmbeddedChannel(new SpdyFrameCodec(SpdyVersion.SPDY_3_1));
  private final EmbeddedChannel decoder =
      new EmbeddedChannel(new SpdyFrameCodec(SpdyVersion.SPDY_3_1));
  private final Map<Integer, ByteArrayOutputStream> received = new HashMap<>();
  private final Map<Integer, Boolean> ended = new HashMap<>();
  private int nextId = 1;

  final String head;

  SpdyClient(Socket socket, String path, String protocol) throws IOException {
    this.socket = socket;
    String request =
        """
        POST %s HTTP/1.1
        Host: localhost
        Connection: Upgrade
        Upgrade: SPDY/3.1
        X-Stream-Protocol-Version: %s
        Content-Length: 0

        """
            .formatted(path, protocol)
            .replace("\n", "\r\n");
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    StringBuilder text = new StringBuilder();
    InputStream in = socket.getInputStream();
    while (text.indexOf("\r\n\r\n") < 0) {
      int b = in.read();
      if (b < 0) {
        throw new IOException("closed after " + text);
      }
      text.append((char) b);
    }
    head = text.toString();
  }

  int open(String... headers) throws IOException {
    int id = nextId;
    nextId += 2;
    DefaultSpdySynStreamFrame frame = new DefaultSpdySynStreamFrame(id, 0, (byte) 0);
    for (int i = 0; i < headers.length; i += 2) {
      frame.headers().set(headers[i], headers[i + 1]);
    }
    received.put(id, new ByteArrayOutputStream());
    send(frame);
    return id;
  }

  void write(int stream, String text, boolean last) throws IOException {
    DefaultSpdyDataFrame frame =
        new DefaultSpdyDataFrame(stream, Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
    frame.setLast(last);
    send(frame);
  }

  private void send(Object frame) throws IOException {
    codec.writeOutbound(frame);
    OutputStream out = socket.getOutputStream();
    for (ByteBuf b = codec.readOutbound(); b != null; b = codec.readOutbound()) {
      byte[] bytes = new byte[b.readableBytes()];
      b.readBytes(bytes);
      b.release();
      out.write(bytes);
    }
    out.flush();
  }

  /** Reads until the stream has ended; what came on it. */
  String readAll(int stream) throws IOException {
    byte[] buffer = new byte[8192];
    while (!ended.getOrDefault(stream, false)) {
      int n = socket.getInputStream().read(buffer);
      if (n < 0) {
        break;
      }
      decoder.writeInbound(Unpooled.copiedBuffer(buffer, 0, n));
      for (Object f = decoder.readInbound(); f != null; f = decoder.readInbound()) {
        if (f instanceof SpdyDataFrame data && received.containsKey(data.streamId())) {
          byte[] bytes = new byte[data.content().readableBytes()];
          data.content().readBytes(bytes);
          received.get(data.streamId()).writeBytes(bytes);
          if (data.isLast()) {
            ended.put(data.streamId(), true);
          }
        }
        ReferenceCountUtil.release(f);
      }
    }
    return received.get(stream).toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
