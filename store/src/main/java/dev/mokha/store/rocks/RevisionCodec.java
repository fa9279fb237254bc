package dev.mokha.store.rocks;

import dev.mokha.store.Entry;
import dev.mokha.store.WatchEvent;
import dev.mokha.store.journal.Revision;
import dev.mokha.store.journal.Version;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Format 1 on disk; all numbers big-endian.
 *
 * <pre>
 * log:   key    revision:8
 *        value  count:4, then for each event
 *               kind:1 (0 removed, 1 set), key length:4, key, created:8, previous revision:8,
 *               and if set: value length:4, value
 * base:  key    the key in UTF-8
 *        value  created:8, revision:8, value
 * </pre>
 */
final class RevisionCodec {
  private static final byte[] NOTHING = new byte[0];

  private RevisionCodec() {}

  static byte[] number(long number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }

  static long number(byte[] bytes) {
    return ByteBuffer.wrap(bytes).getLong();
  }

  static byte[] key(String key) {
    return key.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] encode(Revision revision) {
    List<WatchEvent> events = revision.events();
    byte[][] keys = new byte[events.size()][];
    int size = Integer.BYTES;
    for (int i = 0; i < keys.length; i++) {
      WatchEvent event = events.get(i);
      keys[i] = key(event.key());
      size += 1 + Integer.BYTES + keys[i].length + 2 * Long.BYTES;
      size += event.isDelete() ? 0 : Integer.BYTES + event.value().length;
    }
    ByteBuffer out = ByteBuffer.allocate(size).putInt(keys.length);
    for (int i = 0; i < keys.length; i++) {
      WatchEvent event = events.get(i);
      out.put((byte) (event.isDelete() ? 0 : 1)).putInt(keys[i].length).put(keys[i]);
      out.putLong(event.createRevision()).putLong(event.previousRevision());
      if (!event.isDelete()) {
        out.putInt(event.value().length).put(event.value());
      }
    }
    return out.array();
  }

  /**
   * Decodes without the previous values, which are not stored twice.
   *
   * @param values false to leave the values out too: those of a set key are then empty
   */
  static List<WatchEvent> decode(long revision, byte[] bytes, boolean values) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int count = in.getInt();
    List<WatchEvent> events = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      boolean set = in.get() == 1;
      String key = new String(take(in), StandardCharsets.UTF_8);
      long created = in.getLong();
      long previous = in.getLong();
      byte[] value = set ? (values ? take(in) : skip(in)) : null;
      events.add(new WatchEvent(key, value, null, revision, previous, created));
    }
    return events;
  }

  private static byte[] skip(ByteBuffer in) {
    int length = in.getInt();
    in.position(in.position() + length);
    return NOTHING;
  }

  private static byte[] take(ByteBuffer in) {
    byte[] bytes = new byte[in.getInt()];
    in.get(bytes);
    return bytes;
  }

  static byte[] encode(Entry entry) {
    return ByteBuffer.allocate(2 * Long.BYTES + entry.value().length)
        .putLong(entry.createRevision())
        .putLong(entry.modRevision())
        .put(entry.value())
        .array();
  }

  /** The key of an entry of the base. */
  static String key(byte[] key) {
    return new String(key, StandardCharsets.UTF_8);
  }

  /** The revisions of an entry of the base. */
  static Version version(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    return new Version(in.getLong(), in.getLong());
  }

  /** The value of an entry of the base. */
  static byte[] value(byte[] bytes) {
    return Arrays.copyOfRange(bytes, 2 * Long.BYTES, bytes.length);
  }
}
