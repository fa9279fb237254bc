package dev.mokha.linux.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** A request under construction: a header, a family's fixed part, and attributes. */
final class NetlinkMessage {
  /** The kernel is to answer. */
  static final int REQUEST = 1;

  /** Even a success is answered. */
  static final int ACK = 4;

  /** All objects are wanted. */
  static final int DUMP = 0x300;

  /** An existing object is replaced. */
  static final int REPLACE = 0x100;

  /** The object must be new. */
  static final int EXCLUSIVE = 0x200;

  /** The object is made when it is missing. */
  static final int CREATE = 0x400;

  private static final int NESTED = 0x8000;
  private static final int HEADER = 16;

  private final int type;
  private final int flags;
  private ByteBuffer buffer = ByteBuffer.allocate(512).order(ByteOrder.nativeOrder());

  NetlinkMessage(int type, int flags) {
    this.type = type;
    this.flags = flags | REQUEST;
    buffer.position(HEADER);
  }

  /** Asks for one object, or changes one that is there. */
  static NetlinkMessage of(int type) {
    return new NetlinkMessage(type, ACK);
  }

  /** Asks for all objects. */
  static NetlinkMessage dump(int type) {
    return new NetlinkMessage(type, DUMP);
  }

  /** Makes an object, which must be new. */
  static NetlinkMessage create(int type) {
    return new NetlinkMessage(type, ACK | CREATE | EXCLUSIVE);
  }

  /** Makes an object, or replaces it. */
  static NetlinkMessage replace(int type) {
    return new NetlinkMessage(type, ACK | CREATE | REPLACE);
  }

  int type() {
    return type;
  }

  boolean isDump() {
    return (flags & DUMP) == DUMP;
  }

  NetlinkMessage int8(int value) {
    room(1).put((byte) value);
    return this;
  }

  NetlinkMessage int16(int value) {
    room(2).putShort((short) value);
    return this;
  }

  NetlinkMessage int32(int value) {
    room(4).putInt(value);
    return this;
  }

  /** An attribute of bytes as they are. */
  NetlinkMessage bytes(int attribute, byte[] value) {
    room(4 + value.length + 4);
    buffer.putShort((short) (4 + value.length)).putShort((short) attribute).put(value);
    pad();
    return this;
  }

  /** An attribute in the machine's byte order. */
  NetlinkMessage int32(int attribute, int value) {
    room(8).putShort((short) 8).putShort((short) attribute).putInt(value);
    return this;
  }

  /** An attribute of one byte. */
  NetlinkMessage int8(int attribute, int value) {
    return bytes(attribute, new byte[] {(byte) value});
  }

  /** An attribute that is a C string. */
  NetlinkMessage string(int attribute, String value) {
    return bytes(attribute, (value + "\0").getBytes(StandardCharsets.UTF_8));
  }

  /** An attribute that holds attributes, marked as such. */
  NetlinkMessage nested(int attribute, Consumer<NetlinkMessage> inside) {
    return block(attribute | NESTED, inside);
  }

  /** An attribute that holds attributes or a fixed part, not marked. */
  NetlinkMessage block(int attribute, Consumer<NetlinkMessage> inside) {
    int start = room(4).position();
    buffer.putShort((short) 0).putShort((short) attribute);
    inside.accept(this);
    buffer.putShort(start, (short) (buffer.position() - start));
    pad();
    return this;
  }

  /** The finished bytes. */
  ByteBuffer finish(int sequence) {
    ByteBuffer out = buffer.duplicate().order(ByteOrder.nativeOrder()).flip();
    out.putInt(0, out.limit());
    out.putShort(4, (short) type);
    out.putShort(6, (short) flags);
    out.putInt(8, sequence);
    out.putInt(12, 0);
    return out;
  }

  private void pad() {
    while (buffer.position() % 4 != 0) {
      room(1).put((byte) 0);
    }
  }

  private ByteBuffer room(int bytes) {
    if (buffer.remaining() < bytes) {
      buffer =
          ByteBuffer.allocate(Math.max(buffer.capacity() * 2, buffer.position() + bytes))
              .order(ByteOrder.nativeOrder())
              .put(buffer.flip());
    }
    return buffer;
  }
}
