package dev.mokha.docker.containers;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Two streams in one: each piece behind a head of eight bytes, the stream's number, three zeros and
 * the length, big end first (Docker API 1.50, attach). With a terminal there is one stream and no
 * heads.
 */
final class Multiplexed {
  /** The media type of each form from API 1.42 on. */
  static final String MULTIPLEXED = "application/vnd.docker.multiplexed-stream";

  /** What is sent as it is. */
  static final String RAW = "application/vnd.docker.raw-stream";

  private static final int HEAD = 8;

  private final OutputStream out;
  private final boolean raw;

  Multiplexed(OutputStream out, boolean raw) {
    this.out = out;
    this.raw = raw;
  }

  /** The media type in a version of the API. */
  static String mediaType(boolean raw, dev.mokha.docker.http.ApiVersion version) {
    return raw || !version.atLeast(42) ? RAW : MULTIPLEXED;
  }

  /** Writes a piece of a stream: 1 for output, 2 for errors. */
  synchronized void write(int stream, byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return;
    }
    if (raw) {
      out.write(bytes, offset, length);
      return;
    }
    byte[] piece = new byte[HEAD + length];
    piece[0] = (byte) stream;
    piece[4] = (byte) (length >>> 24);
    piece[5] = (byte) (length >>> 16);
    piece[6] = (byte) (length >>> 8);
    piece[7] = (byte) length;
    System.arraycopy(bytes, offset, piece, HEAD, length);
    out.write(piece);
  }

  synchronized void flush() throws IOException {
    out.flush();
  }
}
