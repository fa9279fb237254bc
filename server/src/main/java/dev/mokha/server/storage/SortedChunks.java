package dev.mokha.server.storage;

import java.util.Arrays;
import java.util.function.BiConsumer;

/**
 * A persistent sorted map from text keys: every change makes a new map that shares nearly all of
 * the old one, so that whoever holds one holds a snapshot.
 *
 * <p>It is two levels of arrays: a spine of chunks of at most {@value #CHUNK} entries. A change
 * copies one chunk and the spine; a scan runs over plain arrays, which is what a list of ten
 * thousand objects needs to be fast.
 */
final class SortedChunks<V> {
  static final int CHUNK = 128;

  private record Chunk(String[] keys, Object[] values) {}

  private static final SortedChunks<?> EMPTY = new SortedChunks<>(new Chunk[0], 0);

  private final Chunk[] spine;
  private final int size;

  private SortedChunks(Chunk[] spine, int size) {
    this.spine = spine;
    this.size = size;
  }

  @SuppressWarnings("unchecked")
  static <V> SortedChunks<V> empty() {
    return (SortedChunks<V>) EMPTY;
  }

  int size() {
    return size;
  }

  /** The value, or null. */
  @SuppressWarnings("unchecked")
  V get(String key) {
    if (spine.length == 0) {
      return null;
    }
    Chunk chunk = spine[chunkOf(key)];
    int at = Arrays.binarySearch(chunk.keys, key);
    return at < 0 ? null : (V) chunk.values[at];
  }

  SortedChunks<V> with(String key, V value) {
    if (spine.length == 0) {
      return new SortedChunks<>(
          new Chunk[] {new Chunk(new String[] {key}, new Object[] {value})}, 1);
    }
    int index = chunkOf(key);
    Chunk chunk = spine[index];
    int at = Arrays.binarySearch(chunk.keys, key);
    if (at >= 0) {
      Object[] values = chunk.values.clone();
      values[at] = value;
      Chunk[] changed = spine.clone();
      changed[index] = new Chunk(chunk.keys, values);
      return new SortedChunks<>(changed, size);
    }
    Chunk grown = insert(chunk, -at - 1, key, value);
    if (grown.keys.length <= CHUNK) {
      Chunk[] changed = spine.clone();
      changed[index] = grown;
      return new SortedChunks<>(changed, size + 1);
    }
    // Keys often arrive in order: a split at the very end keeps the left chunk full.
    boolean appended = index == spine.length - 1 && -at - 1 == chunk.keys.length;
    int middle = appended ? grown.keys.length - 1 : grown.keys.length / 2;
    Chunk[] changed = new Chunk[spine.length + 1];
    System.arraycopy(spine, 0, changed, 0, index);
    changed[index] = slice(grown, 0, middle);
    changed[index + 1] = slice(grown, middle, grown.keys.length);
    System.arraycopy(spine, index + 1, changed, index + 2, spine.length - index - 1);
    return new SortedChunks<>(changed, size + 1);
  }

  SortedChunks<V> without(String key) {
    if (spine.length == 0) {
      return this;
    }
    int index = chunkOf(key);
    Chunk chunk = spine[index];
    int at = Arrays.binarySearch(chunk.keys, key);
    if (at < 0) {
      return this;
    }
    int left = chunk.keys.length - 1;
    if (left > 0) {
      Chunk shrunk = remove(chunk, at);
      if (index + 1 < spine.length && left + spine[index + 1].keys.length <= CHUNK / 2) {
        Chunk[] changed = new Chunk[spine.length - 1];
        System.arraycopy(spine, 0, changed, 0, index);
        changed[index] = join(shrunk, spine[index + 1]);
        System.arraycopy(spine, index + 2, changed, index + 1, spine.length - index - 2);
        return new SortedChunks<>(changed, size - 1);
      }
      Chunk[] changed = spine.clone();
      changed[index] = shrunk;
      return new SortedChunks<>(changed, size - 1);
    }
    Chunk[] changed = new Chunk[spine.length - 1];
    System.arraycopy(spine, 0, changed, 0, index);
    System.arraycopy(spine, index + 1, changed, index, spine.length - index - 1);
    return new SortedChunks<>(changed, size - 1);
  }

  /** All entries in key order. */
  void forEach(BiConsumer<String, V> action) {
    scan(
        "",
        null,
        (k, v) -> {
          action.accept(k, v);
          return true;
        });
  }

  /** Takes entries of a scan. */
  @FunctionalInterface
  interface Visitor<V> {
    /** Takes one entry; false ends the scan. */
    boolean visit(String key, V value);
  }

  /**
   * Visits the entries with from &lt;= key &lt; to, in key order.
   *
   * @param to null for no upper end
   */
  @SuppressWarnings("unchecked")
  void scan(String from, String to, Visitor<V> visitor) {
    if (spine.length == 0) {
      return;
    }
    for (int c = chunkOf(from); c < spine.length; c++) {
      Chunk chunk = spine[c];
      int i = 0;
      if (chunk.keys[0].compareTo(from) < 0) {
        int at = Arrays.binarySearch(chunk.keys, from);
        i = at < 0 ? -at - 1 : at;
      }
      boolean bounded = to != null && chunk.keys[chunk.keys.length - 1].compareTo(to) >= 0;
      for (; i < chunk.keys.length; i++) {
        if (bounded && chunk.keys[i].compareTo(to) >= 0) {
          return;
        }
        if (!visitor.visit(chunk.keys[i], (V) chunk.values[i])) {
          return;
        }
      }
    }
  }

  /** The chunk that holds the key, or would: the last one whose first key is not after it. */
  private int chunkOf(String key) {
    int low = 0;
    int high = spine.length - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (spine[middle].keys[0].compareTo(key) <= 0) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  private static Chunk insert(Chunk c, int at, String key, Object value) {
    int n = c.keys.length;
    String[] keys = new String[n + 1];
    Object[] values = new Object[n + 1];
    System.arraycopy(c.keys, 0, keys, 0, at);
    System.arraycopy(c.values, 0, values, 0, at);
    keys[at] = key;
    values[at] = value;
    System.arraycopy(c.keys, at, keys, at + 1, n - at);
    System.arraycopy(c.values, at, values, at + 1, n - at);
    return new Chunk(keys, values);
  }

  private static Chunk remove(Chunk c, int at) {
    int n = c.keys.length;
    String[] keys = new String[n - 1];
    Object[] values = new Object[n - 1];
    System.arraycopy(c.keys, 0, keys, 0, at);
    System.arraycopy(c.values, 0, values, 0, at);
    System.arraycopy(c.keys, at + 1, keys, at, n - at - 1);
    System.arraycopy(c.values, at + 1, values, at, n - at - 1);
    return new Chunk(keys, values);
  }

  private static Chunk slice(Chunk c, int from, int to) {
    return new Chunk(Arrays.copyOfRange(c.keys, from, to), Arrays.copyOfRange(c.values, from, to));
  }

  private static Chunk join(Chunk a, Chunk b) {
    String[] keys = Arrays.copyOf(a.keys, a.keys.length + b.keys.length);
    Object[] values = Arrays.copyOf(a.values, a.values.length + b.values.length);
    System.arraycopy(b.keys, 0, keys, a.keys.length, b.keys.length);
    System.arraycopy(b.values, 0, values, a.values.length, b.values.length);
    return new Chunk(keys, values);
  }
}
