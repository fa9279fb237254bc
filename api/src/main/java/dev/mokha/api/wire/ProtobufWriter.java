package dev.mokha.api.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes protobuf from the end to the beginning, so that the length of an inner message is known
 * when it is due and nothing is copied or measured twice.
 *
 * <p>Whoever writes calls in reverse: the last field first, and of a list its last element first.
 *
 * <pre>{@code
 * int mark = out.size();
 * out.string(2, "world"); // the inner message's field 2
 * out.string(1, "hello"); // and 1
 * out.message(7, mark); // all since the mark is field 7 of the outer message
 * }</pre>
 */
public final class ProtobufWriter {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH = 2;

  private byte[] bytes;
  private int start;

  /** A writer with nothing written. */
  public ProtobufWriter() {
    this(512);
  }

  /** A writer that has room for so many bytes before it must grow. */
  public ProtobufWriter(int expected) {
    bytes = new byte[expected];
    start = expected;
  }

  /** How many bytes are written so far: a mark for {@link #message}. */
  public int size() {
    return bytes.length - start;
  }

  /** All that is written. */
  public byte[] toBytes() {
    return Arrays.copyOfRange(bytes, start, bytes.length);
  }

  /** A whole number; negative ones take ten bytes, as int32 and int64 do. */
  public void number(int field, long value) {
    varint(value);
    tag(field, VARINT);
  }

  /** True or false. */
  public void bool(int field, boolean value) {
    number(field, value ? 1 : 0);
  }

  /** A double. */
  public void real(int field, double value) {
    reserve(8);
    long bits = Double.doubleToRawLongBits(value);
    start -= 8;
    for (int i = 0; i < 8; i++) {
      bytes[start + i] = (byte) (bits >>> (8 * i));
    }
    tag(field, FIXED64);
  }

  /** A string. */
  public void string(int field, String value) {
    int length = value.length();
    int mark = size();
    reserve(length);
    int at = start - length;
    for (int i = 0; i < length; i++) {
      char c = value.charAt(i);
      if (c >= 0x80) {
        bytes(field, value.getBytes(StandardCharsets.UTF_8));
        return;
      }
      bytes[at + i] = (byte) c;
    }
    start = at;
    message(field, mark);
  }

  /** Bytes. */
  public void bytes(int field, byte[] value) {
    int mark = size();
    raw(value);
    message(field, mark);
  }

  /** Everything written since the mark becomes one message in that field. */
  public void message(int field, int mark) {
    lengthOfMessage(field, size() - mark);
  }

  /** The head of a message in that field, for one whose bytes are written elsewhere. */
  public void lengthOfMessage(int field, long length) {
    varint(length);
    tag(field, LENGTH);
  }

  /** Bytes without a field around them, such as a magic number. */
  public void raw(byte[] value) {
    reserve(value.length);
    start -= value.length;
    System.arraycopy(value, 0, bytes, start, value.length);
  }

  private void tag(int field, int wireType) {
    varint((long) field << 3 | wireType);
  }

  private void varint(long value) {
    int length = 1;
    for (long rest = value >>> 7; rest != 0; rest >>>= 7) {
      length++;
    }
    reserve(length);
    start -= length;
    long rest = value;
    for (int i = 0; i < length - 1; i++) {
      bytes[start + i] = (byte) ((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    bytes[start + length - 1] = (byte) rest;
  }

  private void reserve(int more) {
    if (start < more) {
      int size = size();
      byte[] larger = new byte[Math.max(bytes.length * 2, size + more)];
      System.arraycopy(bytes, start, larger, larger.length - size, size);
      start = larger.length - size;
      bytes = larger;
    }
  }
}
