package dev.mokha.docker.buildkit.session;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.mokha.docker.buildkit.wire.ClientStream;
import dev.mokha.docker.buildkit.wire.Message;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.Arrays;

/** Calls whose messages are pieces of bytes (field 1) as Java's streams. */
final class ByteStreams {
  private static final int DATA = 1;
  private static final int PIECE = 1 << 16;

  private ByteStreams() {}

  private static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted");
  }

  /** What the client sends; closing it gives the call up. */
  static InputStream in(ClientStream call) {
    return new InputStream() {
      private InputStream piece = InputStream.nullInputStream();

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
          return 0;
        }
        try {
          int n = piece.read(bytes, offset, length);
          while (n < 0) {
            Message next = call.read();
            if (next == null) {
              return -1;
            }
            piece = next.data(DATA).newInput();
            n = piece.read(bytes, offset, length);
          }
          return n;
        } catch (InterruptedException e) {
          throw interrupted();
        }
      }

      @Override
      public void close() {
        call.close();
      }
    };
  }

  /** What the client gets. Each write goes out at once; closing says that there is no more. */
  static OutputStream out(ClientStream call) {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
          for (int at = offset; at < offset + length; at += PIECE) {
            int end = Math.min(at + PIECE, offset + length);
            // A copy: the caller may use its array again before Netty has sent it.
            ByteString piece = UnsafeByteOperations.unsafeWrap(Arrays.copyOfRange(bytes, at, end));
            call.write(Message.of().data(DATA, piece).build());
          }
        } catch (InterruptedException e) {
          throw interrupted();
        }
      }

      @Override
      public void close() {
        call.end();
      }
    };
  }
}
