package dev.mokha.store;

import java.util.Optional;

/**
 * Keys, values and one revision counter.
 *
 * <p>Every commit that changes something raises the revision by one; all keys it writes get that
 * revision as their mod-revision. A worked example:
 *
 * <pre>{@code
 * Committed a = store.commit(Transaction.create("/pods/default/web", bytes));   // revision 7
 * Entry e = store.get("/pods/default/web").orElseThrow();                       // e.modRevision() == 7
 * store.commit(Transaction.update(e.key(), e.modRevision(), changed));          // revision 8
 * store.commit(Transaction.update(e.key(), e.modRevision(), late));             // throws CompareFailedException
 * try (Subscription s = store.watch("/pods/", 7, listener)) { ... }             // hears of revision 8
 * store.compact(8);
 * store.watch("/pods/", 5, listener);                                           // listener.onCompacted(8)
 * }</pre>
 *
 * <p>Promises:
 *
 * <ul>
 *   <li>Nothing is visible, to readers or watchers, before it is durable; concurrent commits share
 *       one fsync.
 *   <li>A watch hears of every revision after the one it names, in order, exactly once, and goes on
 *       across a restart of the store or a lost connection to it, until compaction has removed what
 *       it asks for. (In a store that several clusters share, revisions in which the others write
 *       are left out or heard of as empty.)
 *   <li>A commit that returns was made, once; a {@link CompareFailedException} says it was not.
 *       Only after a {@link StoreUnavailableException} is it unknown.
 *   <li>Keys begin with a slash and sort as unsigned UTF-8 bytes.
 * </ul>
 *
 * <p>All methods may be called from any thread, virtual ones too; {@link #commit} blocks until the
 * change is durable.
 */
public interface Store extends AutoCloseable {
  /** The most operations one transaction may hold. */
  int MAX_OPERATIONS = 128;

  /** The most bytes the values of one transaction may hold together. */
  int MAX_BYTES = 3 << 19;

  /**
   * The latest visible revision. In a shared store a linearizable read: everything that was
   * acknowledged to anybody before the call is in it. All watches will reach it.
   *
   * @throws StoreUnavailableException when the store can't be asked
   */
  long revision();

  /**
   * True when other processes write to the same store, so that what a watch has told may be older
   * than what they have been answered.
   */
  default boolean isShared() {
    return false;
  }

  /** Why the store can't be reached just now; empty when all is well. */
  default Optional<String> trouble() {
    return Optional.empty();
  }

  /**
   * Revisions below this one can't be watched from; 0 while nothing was compacted. In a shared
   * store a call over the network.
   */
  long compactedRevision();

  /** The key's latest visible value. */
  Optional<Entry> get(String key);

  /**
   * A consistent snapshot of all keys with that prefix, in key order.
   *
   * @param prefix what the keys begin with; empty for all
   */
  Snapshot list(String prefix);

  /**
   * Applies all operations or none.
   *
   * @return the revision they got; the current one when the transaction holds no operation
   * @throws CompareFailedException when a key's mod-revision is not the one compared with
   * @throws IllegalArgumentException when the transaction is over a limit
   * @throws StoreException when the disk fails; the store then refuses all further commits
   */
  Committed commit(Transaction transaction);

  /**
   * Watches a prefix.
   *
   * @param prefix what the keys begin with; empty for all
   * @param afterRevision the first event heard is of the next revision
   * @param listener called from one thread at a time; it must not block for long
   */
  Subscription watch(String prefix, long afterRevision, WatchListener listener);

  /** Forgets the history before that revision; the latest value of every key stays. */
  void compact(long revision);

  /** Ends all watches and releases the disk. Waits for commits under way. */
  @Override
  void close();
}
