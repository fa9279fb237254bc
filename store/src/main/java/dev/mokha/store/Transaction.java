package dev.mokha.store;

import java.util.List;

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
}
