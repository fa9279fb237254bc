package dev.mokha.cel.value;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A sequence of bytes. Immutable. */
public final class Bytes implements Comparable<Bytes> {
  private final byte[] bytes;

  /** A copy of these bytes. */
  public Bytes(byte[] bytes) {
    this.bytes = bytes.clone();
  }

  /** The UTF-8 of a text. */
  public static Bytes utf8(String text) {
    return new Bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  /** A copy of the bytes. */
  public byte[] toArray() {
    return bytes.clone();
  }

  /** How many. */
  public int size() {
    return bytes.length;
  }

  /** These and then those. */
  public Bytes plus(Bytes more) {
    byte[] all = Arrays.copyOf(bytes, bytes.length + more.bytes.length);
    System.arraycopy(more.bytes, 0, all, bytes.length, more.bytes.length);
    return new Bytes(all);
  }

  @Override
  public int compareTo(Bytes other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Bytes other && Arrays.equals(bytes, other.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }
}
