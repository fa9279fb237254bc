package dev.mokha.registry.access;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Remembers answers for some seconds. */
final class ShortMemory<K, V> {
  private static final int MOST = 10_000;

  private final InstantSource clock;
  private final Map<K, Answer<V>> answers = new ConcurrentHashMap<>();

  private record Answer<V>(V value, Instant until) {}

  ShortMemory(InstantSource clock) {
    this.clock = requireNonNull(clock);
  }

  Optional<V> get(K key) {
    Answer<V> answer = answers.get(key);
    return answer == null || clock.instant().isAfter(answer.until())
        ? Optional.empty()
        : Optional.of(answer.value());
  }

  void put(K key, V value, Duration good) {
    Instant now = clock.instant();
    if (answers.size() >= MOST) {
      answers.values().removeIf(a -> now.isAfter(a.until()));
    }
    // Somebody tries one token after another: what is remembered is not worth the memory.
    if (answers.size() >= MOST) {
      answers.clear();
    }
    answers.put(key, new Answer<>(value, now.plus(good)));
  }
}
