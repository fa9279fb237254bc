package dev.mokha.server.encryption;

import static java.util.Objects.requireNonNull;

import java.util.Set;

/**
 * What is encrypted, and with which keys.
 *
 * @param keys null for none: then nothing is encrypted, and nothing encrypted can be read
 * @param resources {@code GROUP/RESOURCE}, the core group's with an empty group: {@code /secrets}
 */
public record Encryption(KeyRing keys, Set<String> resources) {
  /** Nothing is encrypted. */
  public static final Encryption NONE = new Encryption(null, Set.of());

  /** Copies the set. */
  public Encryption {
    resources = Set.copyOf(requireNonNull(resources, "resources"));
    if (keys == null && !resources.isEmpty()) {
      throw new IllegalArgumentException("encryption needs a key");
    }
  }

  /** Secrets are encrypted, nothing else. */
  public static Encryption ofSecrets(KeyRing keys) {
    return new Encryption(requireNonNull(keys, "keys"), Set.of("/secrets"));
  }
}
