package dev.mokha.engineclient.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * A connection's two streams and what ends them.
 *
 * @param in what comes
 * @param out what goes
 * @param half ends what goes
 * @param whole ends both
 */
record Streams(InputStream in, OutputStream out, Ending half, Ending whole) implements Wire {
  /** An end. */
  @FunctionalInterface
  interface Ending {
    void end() throws IOException;
  }

  @Override
  public void shutdownOutput() throws IOException {
    half.end();
  }

  @Override
  public void close() throws IOException {
    whole.end();
  }
}
