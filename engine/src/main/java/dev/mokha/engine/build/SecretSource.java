package dev.mokha.engine.build;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code RUN --mount=type=secret} may ask for. It is asked when a step runs that wants a
 * secret, and not for a step that is in the cache: a secret's value is in no cache key, no layer
 * and no history.
 *
 * <pre>{@code
 * BuildRequest.of(context).secrets(SecretSource.of(Map.of("token", bytes))).build();
 * }</pre>
 */
@FunctionalInterface
public interface SecretSource {
  /** Has none. */
  SecretSource NONE = id -> Optional.empty();

  /** Most bytes of a secret, as BuildKit has it. */
  int MAX_BYTES = 500 * 1024;

  /**
   * A secret's value; called by the threads of several steps at once, and may block.
   *
   * @return empty when there is no such secret
   * @throws IOException when whoever has it can't be asked any more
   */
  Optional<byte[]> secret(String id) throws IOException, InterruptedException;

  /** Those of a map, which is copied. */
  static SecretSource of(Map<String, byte[]> secrets) {
    Map<String, byte[]> copy = new LinkedHashMap<>(secrets);
    copy.values().forEach(value -> requireNonNull(value, "secret"));
    return id -> Optional.ofNullable(copy.get(id)).map(byte[]::clone);
  }
}
