package dev.mokha.store;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Operations that happen together or not at all. Comparisons are of mod-revisions only; 0 stands
 * for "the key does not exist".
 *
 * @param compares what must hold
 * @param operations what is then done; at most one for each key
 */
public record Transaction(List<Compare> compares, List<Operation> operations) {
  /** Copies the lists. */
  public Transaction {
    compares = List.copyOf(compares);
    operations = List.copyOf(operations);
  }

  /**
   * A condition.
   *
   * @param key the key
   * @param modRevision what its mod-revision must be; 0 when it must not exist
   */
  public record Compare(String key, long modRevision) {}

  /** One change. */
  public sealed interface Operation {
    /** The key it changes. */
    String key();
  }

  /**
   * Sets a key.
   *
   * @param key the key
   * @param value the bytes; they belong to the store from now on
   */
  public record Put(String key, byte[] value) implements Operation {}

  /**
   * Removes a key; nothing happens when there is none.
   *
   * @param key the key
   */
  public record Delete(String key) implements Operation {}

  /** Creates a key that must not exist. */
  public static Transaction create(String key, byte[] value) {
    return update(key, 0, value);
  }

  /** Changes a key that must be as it was at that mod-revision. */
  public static Transaction update(String key, long modRevision, byte[] value) {
    return new Transaction(List.of(new Compare(key, modRevision)), List.of(new Put(key, value)));
  }

  /** Removes a key that must be as it was at that mod-revision. */
  public static Transaction delete(String key, long modRevision) {
    return new Transaction(List.of(new Compare(key, modRevision)), List.of(new Delete(key)));
  }

  /**
   * Checks what needs no store to be checked.
   *
   * @return the size of the values, in bytes
   * @throws IllegalArgumentException when the transaction is over a limit of {@link Store}, changes
   *     a key twice, or a key does not begin with a slash or is not well-formed
   */
  public long requireValid() {
    int most = Math.max(operations.size(), compares.size());
    if (most > Store.MAX_OPERATIONS) {
      throw new IllegalArgumentException(
          "a transaction holds at most %d operations, this one has %d"
              .formatted(Store.MAX_OPERATIONS, most));
    }
    long bytes = 0;
    Set<String> keys = HashSet.newHashSet(operations.size());
    for (Operation operation : operations) {
      requireKey(operation.key());
      if (!keys.add(operation.key())) {
        throw new IllegalArgumentException(
            "a transaction changes a key at most once, this one twice: " + operation.key());
      }
      if (operation instanceof Put put) {
        bytes += put.value().length;
      }
    }
    for (Compare compare : compares) {
      requireKey(compare.key());
    }
    if (bytes > Store.MAX_BYTES) {
      throw new IllegalArgumentException(
          "a transaction holds at most %d bytes, this one has %d"
              .formatted(Store.MAX_BYTES, bytes));
    }
    return bytes;
  }

  private static void requireKey(String key) {
    if (!key.startsWith("/") || !isEncodable(key)) {
      throw new IllegalArgumentException(
          "a key must begin with a slash and be well-formed: \"" + key + "\"");
    }
  }

  /** True when the text can be written as UTF-8: each surrogate has its other half. */
  private static boolean isEncodable(String key) {
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < key.length()
                && Character.isLowSurrogate(key.charAt(i + 1));
        if (!pair) {
          return false;
        }
        i++;
      }
    }
    return true;
  }
}
