package dev.mokha.store;

import java.util.Optional;

/** A transaction's condition did not hold, and nothing was changed. */
public final class CompareFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String key;
  private final transient Entry current;

  /** Names the first key whose condition failed, and its current entry or null. */
  public CompareFailedException(String key, Entry current) {
    super("the key " + key + " was changed by someone else", null, false, false);
    this.key = key;
    this.current = current;
  }

  /** The key whose condition failed. */
  public String key() {
    return key;
  }

  /** Its entry as the store saw it; empty when the key does not exist. */
  public Optional<Entry> current() {
    return Optional.ofNullable(current);
  }
}
