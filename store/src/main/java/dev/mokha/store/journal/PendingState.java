package dev.mokha.store.journal;

import dev.mokha.store.CompareFailedException;
import dev.mokha.store.Entry;
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
  private final VisibleState base;
  private final Map<String, Entry> changed = new HashMap<>();
  private final List<Revision> revisions = new ArrayList<>();
  private long revision;

  PendingState(VisibleState base) {
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
      Entry current = get(compare.key());
      if (compare.modRevision() != (current == null ? 0 : current.modRevision())) {
        throw new CompareFailedException(compare.key(), current);
      }
    }
    long next = revision + 1;
    List<WatchEvent> events = new ArrayList<>(transaction.operations().size());
    for (Operation operation : transaction.operations()) {
      Entry old = get(operation.key());
      switch (operation) {
        case Put(String key, byte[] value) -> {
          long created = old == null ? next : old.createRevision();
          events.add(event(key, value, old, next, created));
          changed.put(key, new Entry(key, value, created, next));
        }
        case Delete(String key) -> {
          if (old != null) {
            events.add(event(key, null, old, next, old.createRevision()));
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

  private static WatchEvent event(String key, byte[] value, Entry old, long at, long created) {
    return old == null
        ? new WatchEvent(key, value, null, at, 0, created)
        : new WatchEvent(key, value, old.value(), at, old.modRevision(), created);
  }

  private Entry get(String key) {
    Entry entry = changed.get(key);
    return entry != null || changed.containsKey(key) ? entry : base.entries().get(key);
  }

  List<Revision> revisions() {
    return revisions;
  }

  /** The state with everything applied. */
  VisibleState toVisible() {
    var entries = base.entries();
    for (Map.Entry<String, Entry> change : changed.entrySet()) {
      Entry entry = change.getValue();
      entries =
          entry == null ? entries.minus(change.getKey()) : entries.plus(change.getKey(), entry);
    }
    return new VisibleState(revision, entries);
  }
}
