package dev.mokha.docker.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** Bytes both ways in the messages of a WebSocket (RFC 6455); our messages are binary. */
final class WebSocketDuplex implements Duplex {
  /** RFC 6455, section 1.3. */
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private static final int MAX_FRAME = 1 << 20;
  private static final int BINARY = 0x82;
  private static final int PONG = 0x8A;
  private static final int CLOSE = 0x88;
  private static final byte[] NORMAL_CLOSURE = {0x03, (byte) 0xE8};

  private final Duplex raw;
  private final EmbeddedChannel frames =
      new EmbeddedChannel(
          new WebSocket13FrameDecoder(
              WebSocketDecoderConfig.newBuilder()
                  .expectMaskedFrames(true)
                  .allowExtensions(false)
                  .maxFramePayloadLength(MAX_FRAME)
                  .build()));
  private final Messages in = new Messages();
  private final OutputStream out = new Sender();
  private boolean closeSent;

  WebSocketDuplex(Duplex raw) {
    this.raw = raw;
  }

  /** The answer to a client's key. */
  static String accept(String key) {
    try {
      return Base64.getEncoder()
          .encodeToString(
              MessageDigest.getInstance("SHA-1")
                  .digest((key.strip() + GUID).getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public InputStream in() {
    return in;
  }

  @Override
  public OutputStream out() {
    return out;
  }

  @Override
  public void closeOutput() {
    try {
      sendClose(NORMAL_CLOSURE);
    } catch (IOException gone) {
      // Then it sees the end of the connection.
    }
  }

  private synchronized void sendClose(byte[] reason) throws IOException {
    if (!closeSent) {
      frame(CLOSE, reason, 0, reason.length);
      closeSent = true;
    }
  }

  @Override
  public void close() {
    closeOutput();
    raw.close();
  }

  private synchronized void frame(int kind, byte[] bytes, int offset, int length)
      throws IOException {
    if (closeSent) {
      throw new IOException("The WebSocket is closed");
    }
    ByteBuffer frame = ByteBuffer.allocate(length + 10);
    frame.put((byte) kind);
    if (length < 126) {
      frame.put((byte) length);
    } else if (length < 1 << 16) {
      frame.put((byte) 126).putShort((short) length);
    } else {
      frame.put((byte) 127).putLong(length);
    }
    frame.put(bytes, offset, length);
    raw.out().write(frame.array(), 0, frame.position());
  }

  private final class Sender extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      frame(BINARY, bytes, offset, length);
    }
  }

  private final class Messages extends BlockInput {
    private byte[] current = new byte[0];
    private int position;
    private boolean ended;

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      while (position == current.length) {
        if (ended || !next()) {
          ended = true;
          frames.finishAndReleaseAll();
          return -1;
        }
      }
      int n = Math.min(length, current.length - position);
      System.arraycopy(current, position, bytes, offset, n);
      position += n;
      return n;
    }

    private boolean next() throws IOException {
      WebSocketFrame frame = frames.readInbound();
      if (frame == null) {
        byte[] bytes = new byte[1 << 13];
        int n = raw.in().read(bytes);
        if (n < 0) {
          return false;
        }
        try {
          frames.writeInbound(Unpooled.wrappedBuffer(bytes, 0, n));
        } catch (RuntimeException broken) {
          throw new IOException("The client's WebSocket frames are broken", broken);
        }
        return true;
      }
      try {
        byte[] content = content(frame.content());
        switch (frame) {
          case PingWebSocketFrame ping -> frame(PONG, content, 0, content.length);
          case PongWebSocketFrame pong -> {
            // Nothing was asked.
          }
          case CloseWebSocketFrame close -> {
            sendClose(content);
            return false;
          }
          default -> {
            current = content;
            position = 0;
          }
        }
        return true;
      } finally {
        frame.release();
      }
    }

    private static byte[] content(ByteBuf from) {
      byte[] bytes = new byte[from.readableBytes()];
      from.readBytes(bytes);
      return bytes;
    }
  }
}
