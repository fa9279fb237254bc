package dev.mokha.store.journal;

import dev.mokha.store.CompareFailedException;
import dev.mokha.store.Transaction;
import dev.mokha.store.Transaction.Compare;
import dev.mokha.store.Transaction.Delete;
import dev.mokha.store.Transaction.Operation;
import dev.mokha.store.Transaction.Put;
import dev.mokha.store.WatchEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The state that a batch of transactions will lead to, which nobody sees before it is durable. Each
 * transaction is judged against what the ones before it in the batch have done.
 */
final class PendingState {
  private final Index base;
  private final Map<String, Version> changed = new HashMap<>();
  private final List<Revision> revisions = new ArrayList<>();
  private long revision;

  PendingState(Index base) {
    this.base = base;
    this.revision = base.revision();
  }

  /**
   * Applies all operations or none, and returns the revision.
   *
   * @throws CompareFailedException when a condition does not hold
   */
  long apply(Transaction transaction) {
    for (Compare compare : transaction.compares()) {
      Version now = get(compare.key());
      long current = now == null ? 0 : now.modified();
      if (compare.modRevision() != current) {
        throw new CompareFailedException(compare.key(), current);
      }
    }
    long next = revision + 1;
    List<WatchEvent> events = new ArrayList<>(transaction.operations().size());
    for (Operation operation : transaction.operations()) {
      Version old = get(operation.key());
      switch (operation) {
        case Put(String key, byte[] value) -> {
          long created = old == null ? next : old.created();
          long before = old == null ? 0 : old.modified();
          events.add(new WatchEvent(key, value, null, next, before, created));
          changed.put(key, new Version(created, next));
        }
        case Delete(String key) -> {
          if (old != null) {
            events.add(new WatchEvent(key, null, null, next, old.modified(), old.created()));
            changed.put(key, null);
          }
        }
      }
    }
    if (!events.isEmpty()) {
      revision = next;
      revisions.add(new Revision(next, events));
    }
    return revision;
  }

  private Version get(String key) {
    Version version = changed.get(key);
    return version != null || changed.containsKey(key) ? version : base.getUnlocked(key);
  }

  List<Revision> revisions() {
    return revisions;
  }
}
