package dev.mokha.node.streaming;

import java.io.IOException;

/** Where bytes go to. Writing blocks while the other side does not read. */
public interface Sink {
  /** Writes bytes; they may be reused afterwards. */
  void write(byte[] bytes, int from, int length) throws IOException;

  /** No more will come. */
  void end() throws IOException;
}
