package dev.mokha.client.access;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/** Answers of the API, kept for a short while; the oldest go when there are many. */
public final class BriefCache<V> {
  private static final int MOST = 10_000;

  private final InstantSource clock;
  private final Map<Object, Kept<V>> entries = new LinkedHashMap<>();

  private record Kept<V>(V value, Instant until) {}

  /** An empty one. */
  public BriefCache(InstantSource clock) {
    this.clock = clock;
  }

  /** What was found for a key not long ago, or what is found now. */
  public V get(Object key, Duration keep, Supplier<V> load) {
    return get(key, found -> keep, load);
  }

  /**
   * What was found for a key not long ago, or what is found now.
   *
   * @param key equal keys are one question
   * @param keep how long a value is kept
   */
  public V get(Object key, Function<? super V, Duration> keep, Supplier<V> load) {
    synchronized (entries) {
      Kept<V> kept = entries.get(key);
      if (kept != null && kept.until().isAfter(clock.instant())) {
        return kept.value();
      }
    }
    V value = load.get();
    synchronized (entries) {
      entries.remove(key);
      entries.put(key, new Kept<>(value, clock.instant().plus(keep.apply(value))));
      if (entries.size() > MOST) {
        var oldest = entries.keySet().iterator();
        oldest.next();
        oldest.remove();
      }
    }
    return value;
  }
}
