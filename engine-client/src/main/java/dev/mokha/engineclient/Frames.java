package dev.mokha.engineclient;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Output of a container, each piece with the stream it is of. Without a terminal the engine sends
 * frames of 8 bytes head (stream, three zeros, length) and the bytes; with one, plain bytes, which
 * are all of standard output here.
 */
public final class Frames implements AutoCloseable {
  private static final int PIECE = 1 << 15;
  private static final int MOST = 1 << 26;

  private final DataInputStream in;
  private final AutoCloseable connection;
  private final boolean plain;

  /**
   * A piece of output.
   *
   * @param stream 1 for standard output, 2 for errors
   * @param bytes what was written
   */
  public record Frame(int stream, byte[] bytes) {}

  Frames(InputStream in, AutoCloseable connection, boolean plain) {
    this.in = new DataInputStream(in);
    this.connection = connection;
    this.plain = plain;
  }

  /** The next piece, waiting for it; null at the end. */
  public Frame next() {
    try {
      if (plain) {
        byte[] piece = new byte[PIECE];
        int n = in.read(piece);
        return n < 0 ? null : new Frame(1, java.util.Arrays.copyOf(piece, n));
      }
      int first = in.read();
      if (first < 0) {
        return null;
      }
      in.readFully(new byte[3]);
      int length = in.readInt();
      if (length < 0 || length > MOST) {
        throw new EngineClientException(
            0, "The engine's output has a piece of " + length + " bytes");
      }
      byte[] bytes = new byte[length];
      in.readFully(bytes);
      return new Frame(first, bytes);
    } catch (EOFException e) {
      throw new EngineClientException(0, "The engine's output broke off", e);
    } catch (IOException e) {
      throw EngineClient.broken(e);
    }
  }

  /** Writes everything to two streams, until the end. */
  public void copyTo(OutputStream out, OutputStream err) throws IOException {
    for (Frame frame = next(); frame != null; frame = next()) {
      OutputStream to = frame.stream() == 2 ? err : out;
      to.write(frame.bytes());
      to.flush();
    }
  }

  /** Ends it, whether there is more or not. */
  @Override
  public void close() {
    try {
      connection.close();
    } catch (Exception e) {
      throw new EngineClientException(0, "The connection was not closed well", e);
    }
  }
}
