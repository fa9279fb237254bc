package dev.mokha.server.http;

import static java.util.Objects.requireNonNull;

/**
 * What an answer carries: bytes that are there, or a list that is put together while it is sent.
 */
sealed interface Body permits Body.Bytes, ListBody {
  /** How many bytes there are. */
  long length();

  /** Bytes that are there. They are shared: read, never write. */
  record Bytes(byte[] bytes) implements Body {
    /** Refuses null. */
    public Bytes {
      requireNonNull(bytes, "bytes");
    }

    @Override
    public long length() {
      return bytes.length;
    }
  }
}
