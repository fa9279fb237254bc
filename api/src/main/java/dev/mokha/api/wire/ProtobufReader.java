package dev.mokha.api.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads protobuf, field by field. */
final class ProtobufReader {
  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int LENGTH = 2;
  static final int FIXED32 = 5;

  private final byte[] bytes;
  private final int end;
  private int position;
  private int tag;

  ProtobufReader(byte[] bytes, int start, int end) {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
  }

  /** Goes to the next field; false at the end. */
  boolean next() {
    if (position >= end) {
      return false;
    }
    tag = (int) number();
    if (tag >>> 3 == 0) {
      throw damaged();
    }
    return true;
  }

  int field() {
    return tag >>> 3;
  }

  int wireType() {
    return tag & 7;
  }

  long number() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (position >= end) {
        throw damaged();
      }
      byte b = bytes[position++];
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw damaged();
  }

  double real() {
    long bits = 0;
    int at = take(8);
    for (int i = 7; i >= 0; i--) {
      bits = (bits << 8) | (bytes[at + i] & 0xff);
    }
    return Double.longBitsToDouble(bits);
  }

  String string() {
    int length = length();
    return new String(bytes, take(length), length, StandardCharsets.UTF_8);
  }

  byte[] bytes() {
    int length = length();
    int at = take(length);
    return Arrays.copyOfRange(bytes, at, at + length);
  }

  /** A reader of the message in this field. */
  ProtobufReader message() {
    int length = length();
    int at = take(length);
    return new ProtobufReader(bytes, at, at + length);
  }

  void skip() {
    switch (wireType()) {
      case VARINT -> number();
      case FIXED64 -> take(8);
      case LENGTH -> take(length());
      case FIXED32 -> take(4);
      default -> throw damaged();
    }
  }

  boolean atEnd() {
    return position >= end;
  }

  private int length() {
    long length = number();
    if (length < 0 || length > end - position) {
      throw damaged();
    }
    return (int) length;
  }

  private int take(int length) {
    if (length > end - position) {
      throw damaged();
    }
    int at = position;
    position += length;
    return at;
  }

  static IllegalArgumentException damaged() {
    return new IllegalArgumentException("the protobuf message is damaged");
  }
}
