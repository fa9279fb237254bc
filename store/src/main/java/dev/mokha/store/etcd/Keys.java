package dev.mokha.store.etcd;

import com.google.protobuf.ByteString;
import dev.mokha.store.Entry;
import io.etcd.jetcd.api.KeyValue;

/**
 * Where a cluster's keys lie in etcd: {@code PREFIX} and then the key, which begins with a slash.
 * One more key, {@code PREFIX.tick}, is written with every transaction, to tell which one it was,
 * and alone to see how far a watch has come.
 *
 * <p>A dot sorts just before a slash and no prefix holds one, so that the range from the tick to
 * the end of the keys is this cluster's alone.
 */
final class Keys {
  private final String prefix;
  private final ByteString first;
  private final ByteString tick;
  private final ByteString end;

  Keys(String prefix) {
    this.prefix = prefix;
    this.first = ByteString.copyFromUtf8(prefix + "/");
    this.tick = ByteString.copyFromUtf8(prefix + ".tick");
    this.end = ByteString.copyFromUtf8(prefix + "0");
  }

  /** The key whose writes change nothing but the revision. */
  ByteString tick() {
    return tick;
  }

  /** Where the cluster's range ends; exclusive. */
  ByteString end() {
    return end;
  }

  ByteString of(String key) {
    return ByteString.copyFromUtf8(prefix + key);
  }

  /** True for the keys that users of the store know of. */
  boolean holds(ByteString key) {
    return key.startsWith(first);
  }

  String name(ByteString key) {
    return key.toStringUtf8().substring(prefix.length());
  }

  /** Where the keys with that beginning end; exclusive. */
  ByteString endOf(String keyPrefix) {
    if (keyPrefix.isEmpty()) {
      return end;
    }
    byte[] bytes = of(keyPrefix).toByteArray();
    // No UTF-8 byte is 0xff, so that there is always a next one.
    bytes[bytes.length - 1]++;
    return ByteString.copyFrom(bytes);
  }

  /** Where the keys with that beginning begin. */
  ByteString firstOf(String keyPrefix) {
    return keyPrefix.isEmpty() ? first : of(keyPrefix);
  }

  Entry entry(KeyValue kv) {
    return new Entry(
        name(kv.getKey()),
        kv.getValue().toByteArray(),
        kv.getCreateRevision(),
        kv.getModRevision());
  }
}
