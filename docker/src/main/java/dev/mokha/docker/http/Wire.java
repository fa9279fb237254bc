package dev.mokha.docker.http;

import java.io.IOException;

/** A connection's bytes. One thread may read while another writes; both block. */
interface Wire extends AutoCloseable {
  /** Who is at the other end. */
  Caller caller();

  /** Reads some bytes; -1 at the end. */
  int read(byte[] bytes, int offset, int length) throws IOException;

  /** Writes all bytes. */
  void write(byte[] bytes, int offset, int length) throws IOException;

  /** Ends the direction to the client. */
  void closeOutput() throws IOException;

  /** Ends both; lets go whoever reads or writes. */
  @Override
  void close();
}
