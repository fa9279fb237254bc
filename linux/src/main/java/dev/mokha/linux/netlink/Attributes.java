package dev.mokha.linux.netlink;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** The attributes of an answer, by number. */
final class Attributes {
  private static final int TYPE_MASK = 0x3fff;

  private final Map<Integer, ByteBuffer> values = new HashMap<>();

  /** Reads attributes from the buffer's position to its end. */
  Attributes(ByteBuffer buffer) {
    ByteBuffer in = buffer.slice().order(ByteOrder.nativeOrder());
    int at = 0;
    while (at + 4 <= in.limit()) {
      int length = Short.toUnsignedInt(in.getShort(at));
      if (length < 4 || at + length > in.limit()) {
        break;
      }
      int type = in.getShort(at + 2) & TYPE_MASK;
      values.put(type, in.slice(at + 4, length - 4).order(ByteOrder.nativeOrder()));
      at += (length + 3) & ~3;
    }
  }

  /** Reads the attributes that come after an answer's fixed part. */
  Attributes(ByteBuffer body, int fixedBytes) {
    this(body.slice(fixedBytes, body.limit() - fixedBytes));
  }

  boolean has(int attribute) {
    return values.containsKey(attribute);
  }

  /** 0 when missing. */
  int int32(int attribute) {
    ByteBuffer value = values.get(attribute);
    return value == null ? 0 : value.getInt(0);
  }

  /** 0 when missing. */
  int int8(int attribute) {
    ByteBuffer value = values.get(attribute);
    return value == null ? 0 : value.get(0) & 0xff;
  }

  /** In network byte order; 0 when missing. */
  int port(int attribute) {
    ByteBuffer value = values.get(attribute);
    return value == null ? 0 : (value.get(0) & 0xff) << 8 | (value.get(1) & 0xff);
  }

  /** In network byte order; 0 when missing. */
  int int32Network(int attribute) {
    ByteBuffer value = values.get(attribute);
    return value == null ? 0 : value.duplicate().order(ByteOrder.BIG_ENDIAN).getInt(0);
  }

  /** Empty when missing. */
  String string(int attribute) {
    byte[] bytes = bytes(attribute);
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] == 0) {
      end--;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }

  /** Empty when missing. */
  byte[] bytes(int attribute) {
    ByteBuffer value = values.get(attribute);
    if (value == null) {
      return new byte[0];
    }
    byte[] bytes = new byte[value.limit()];
    value.get(0, bytes);
    return bytes;
  }

  /** Null when missing. */
  InetAddress address(int attribute) {
    if (!values.containsKey(attribute)) {
      return null;
    }
    try {
      return InetAddress.getByAddress(bytes(attribute));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("The kernel sent an address of no known length", e);
    }
  }

  /** No attributes when missing. */
  Attributes nested(int attribute) {
    ByteBuffer value = values.get(attribute);
    return new Attributes(value == null ? ByteBuffer.allocate(0) : value.duplicate().position(0));
  }
}
