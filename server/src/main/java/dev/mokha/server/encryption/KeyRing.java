package dev.mokha.server.encryption;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/**
 * The keys of a cluster's stored values: the first one writes, all of them read. It may be replaced
 * while the server runs.
 */
public final class KeyRing {
  /**
   * A key.
   *
   * @param id stands beside every value it has encrypted; at most 64 characters
   * @param secret 32 random bytes
   */
  public record Key(String id, byte[] secret) {
    /** Refuses what is no key. */
    public Key {
      requireNonNull(id, "id");
      if (id.isEmpty() || id.length() > 64) {
        throw new IllegalArgumentException("a key's name has 1 to 64 characters, not: " + id);
      }
      if (secret.length != ValueCipher.KEY_BYTES) {
        throw new IllegalArgumentException(
            "the encryption key %s has %d bytes, not %d"
                .formatted(id, secret.length, ValueCipher.KEY_BYTES));
      }
      secret = secret.clone();
    }

    @Override
    public String toString() {
      return "Key[" + id + "]";
    }
  }

  private final Runnable fetch;
  private volatile List<Key> keys;

  /** A ring of at least one key. */
  public KeyRing(List<Key> keys) {
    this(keys, () -> {});
  }

  /**
   * A ring of at least one key, that others may add to.
   *
   * @param fetch called when a key is wanted that is not here, to {@link #replace} the keys by
   *     those there are now
   */
  public KeyRing(List<Key> keys, Runnable fetch) {
    this.fetch = requireNonNull(fetch, "fetch");
    replace(keys);
  }

  /** From now on, these are the keys. */
  public void replace(List<Key> others) {
    if (others.isEmpty()) {
      throw new IllegalArgumentException("there must be at least one encryption key");
    }
    if (others.stream().map(Key::id).distinct().count() != others.size()) {
      throw new IllegalArgumentException("two encryption keys have the same name");
    }
    keys = List.copyOf(others);
  }

  /** All of them, the writing one first. */
  public List<Key> all() {
    return keys;
  }

  /** The one that writes. */
  public Key first() {
    return keys.get(0);
  }

  /** The key of that name; looked for where the keys come from, if it is not here. */
  public Optional<Key> find(String id) {
    Optional<Key> here = here(id);
    if (here.isPresent()) {
      return here;
    }
    fetch.run();
    return here(id);
  }

  private Optional<Key> here(String id) {
    for (Key key : keys) {
      if (key.id().equals(id)) {
        return Optional.of(key);
      }
    }
    return Optional.empty();
  }
}
