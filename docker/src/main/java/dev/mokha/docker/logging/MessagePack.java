package dev.mokha.docker.logging;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Writes what Fluentd's forward protocol needs of MessagePack. */
final class MessagePack {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  MessagePack array(int size) {
    out.write(0x90 | size); // up to 15
    return this;
  }

  MessagePack string(String text) {
    return string(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Text in UTF-8. */
  MessagePack string(byte[] text) {
    if (text.length < 32) {
      out.write(0xa0 | text.length);
    } else if (text.length < 1 << 8) {
      out.write(0xd9);
      out.write(text.length);
    } else if (text.length < 1 << 16) {
      out.write(0xda);
      number(text.length, 2);
    } else {
      out.write(0xdb);
      number(text.length, 4);
    }
    out.writeBytes(text);
    return this;
  }

  /** Text to text. */
  MessagePack map(Map<String, byte[]> entries) {
    if (entries.size() < 16) {
      out.write(0x80 | entries.size());
    } else {
      out.write(0xde);
      number(entries.size(), 2);
    }
    entries.forEach((key, value) -> string(key).string(value));
    return this;
  }

  /** An unsigned number of 32 bits. */
  MessagePack unsigned(long value) {
    out.write(0xce);
    number(value, 4);
    return this;
  }

  /** Fluentd's EventTime: extension type 0 with seconds and nanoseconds. */
  MessagePack eventTime(long seconds, int nanos) {
    out.write(0xd7);
    out.write(0);
    number(seconds, 4);
    number(nanos, 4);
    return this;
  }

  private void number(long value, int bytes) {
    byte[] all = ByteBuffer.allocate(8).putLong(value).array();
    out.write(all, 8 - bytes, bytes);
  }

  byte[] bytes() {
    return out.toByteArray();
  }
}
