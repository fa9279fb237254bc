package dev.mokha.server.authentication;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Results that were dear to compute. Begins anew when full, which costs less than keeping order.
 */
final class BoundedCache<K, V> {
  private final int limit;
  private final ConcurrentHashMap<K, V> entries = new ConcurrentHashMap<>();

  BoundedCache(int limit) {
    this.limit = limit;
  }

  /** The kept value, or a new one; nothing is kept when computing throws. */
  V get(K key, Function<K, V> compute) {
    V kept = entries.get(key);
    if (kept != null) {
      return kept;
    }
    V computed = compute.apply(key);
    if (entries.size() >= limit) {
      entries.clear();
    }
    entries.put(key, computed);
    return computed;
  }
}
