package dev.mokha.docker.http;

import java.io.InputStream;
import java.io.OutputStream;

/**
 * A connection that was taken over: plain bytes both ways, each direction with an end of its own.
 * One thread may read while another writes.
 */
public interface Duplex extends AutoCloseable {
  /** What the client sends; ends when the client ends its direction. */
  InputStream in();

  /** What the client gets. Each write goes out at once. */
  OutputStream out();

  /** Ends our direction: the client sees the end and may still send. */
  void closeOutput();

  /** Ends the connection; whoever reads is let go with an error. */
  @Override
  void close();
}
