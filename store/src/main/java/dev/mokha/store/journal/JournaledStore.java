package dev.mokha.store.journal;

import static java.util.Objects.requireNonNull;

import dev.mokha.store.Committed;
import dev.mokha.store.CompareFailedException;
import dev.mokha.store.Entry;
import dev.mokha.store.Snapshot;
import dev.mokha.store.Store;
import dev.mokha.store.StoreException;
import dev.mokha.store.Subscription;
import dev.mokha.store.Transaction;
import dev.mokha.store.WatchListener;
import dev.mokha.store.journal.CommitQueue.Pending;
import dev.mokha.store.journal.Journal.Located;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store of one process.
 *
 * <p>A commit waits in a queue. The committer, one platform thread, takes all that wait, judges
 * each against the state that the ones before it lead to, appends the new revisions to the journal
 * with one sync, and only then shows the new state to readers and watches and answers the callers.
 * A platform thread, because virtual threads that call into a disk starve all others; one, because
 * one sync for many is what makes commits cheap.
 */
public final class JournaledStore implements Store {
  private static final Logger LOG = LoggerFactory.getLogger(JournaledStore.class);
  private static final int READ_AHEAD = 256;

  private final Journal journal;
  private final CommitQueue queue = new CommitQueue();
  private final RecentRevisions recent;
  private final Set<Watch> watches = ConcurrentHashMap.newKeySet();

  /** Compaction against reads of the history. */
  private final ReentrantReadWriteLock history = new ReentrantReadWriteLock();

  private final Index index;
  private final Thread committer;
  private volatile long compacted;
  private volatile StoreException failure;
  private volatile boolean closed;

  /** Recovers what the journal holds and starts to commit. The journal belongs to the store. */
  public JournaledStore(Journal journal) {
    this.journal = requireNonNull(journal);
    Journal.Recovered found = journal.recover();
    this.index = new Index(found.revision(), found.keys());
    this.compacted = found.compacted();
    this.recent = new RecentRevisions(found.revision());
    this.committer = Thread.ofPlatform().name("store-committer").daemon().start(this::commitAll);
  }

  @Override
  public long revision() {
    return index.revision();
  }

  @Override
  public long compactedRevision() {
    return compacted;
  }

  @Override
  public Optional<Entry> get(String key) {
    history.readLock().lock();
    try {
      Version version = index.get(key);
      return version == null
          ? Optional.empty()
          : Optional.of(entries(List.of(new Located(key, version))).getFirst());
    } finally {
      history.readLock().unlock();
    }
  }

  @Override
  public Snapshot list(String prefix) {
    // No compaction in between: a value that was replaced since would be gone.
    history.readLock().lock();
    try {
      Index.View view = index.list(prefix);
      return new Snapshot(view.revision(), entries(view.keys()));
    } finally {
      history.readLock().unlock();
    }
  }

  private List<Entry> entries(List<Located> keys) {
    if (closed) {
      throw new StoreException("the store is closed", null);
    }
    List<byte[]> values = journal.values(keys);
    List<Entry> entries = new ArrayList<>(keys.size());
    for (int i = 0; i < values.size(); i++) {
      Version version = keys.get(i).version();
      entries.add(
          new Entry(keys.get(i).key(), values.get(i), version.created(), version.modified()));
    }
    return entries;
  }

  @Override
  public Committed commit(Transaction transaction) {
    long bytes = transaction.requireValid();
    refuseAfterFailure();
    CompletableFuture<Committed> outcome = new CompletableFuture<>();
    queue.add(new Pending(transaction, bytes, outcome));
    try {
      return outcome.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof CompareFailedException compare) {
        throw compare;
      }
      throw new StoreException(e.getCause().getMessage(), e.getCause());
    }
  }

  private void refuseAfterFailure() {
    StoreException earlier = failure;
    if (earlier != null) {
      throw new StoreException(
          "the store takes no more changes since " + earlier.getMessage(), earlier);
    }
  }

  private void commitAll() {
    while (true) {
      List<Pending> batch = queue.take();
      if (batch.isEmpty()) {
        return;
      }
      commitBatch(batch);
    }
  }

  private void commitBatch(List<Pending> batch) {
    List<Runnable> answers = new ArrayList<>(batch.size());
    try {
      refuseAfterFailure();
      PendingState pending = new PendingState(index);
      for (Pending p : batch) {
        try {
          Committed committed = new Committed(pending.apply(p.transaction()));
          answers.add(() -> p.outcome().complete(committed));
        } catch (CompareFailedException e) {
          // Answered after the sync too: what it compared with may be part of this batch.
          answers.add(() -> p.outcome().completeExceptionally(e));
        }
      }
      if (!pending.revisions().isEmpty()) {
        journal.append(pending.revisions());
        show(pending.revisions());
      }
    } catch (RuntimeException | Error e) {
      fail(batch, e);
      return;
    }
    answers.forEach(Runnable::run);
  }

  private void show(List<Revision> revisions) {
    recent.append(revisions);
    index.apply(revisions);
    watches.forEach(Watch::wake);
  }

  private void fail(List<Pending> batch, Throwable cause) {
    StoreException reason =
        cause instanceof StoreException e
            ? e
            : new StoreException("the store failed: " + cause.getMessage(), cause);
    if (failure == null) {
      LOG.error("The store takes no more changes: {}", reason.getMessage());
      failure = reason;
    }
    for (Pending p : batch) {
      p.outcome().completeExceptionally(reason);
    }
  }

  @Override
  public Subscription watch(String prefix, long afterRevision, WatchListener listener) {
    if (afterRevision < 0) {
      throw new IllegalArgumentException("a revision is not negative: " + afterRevision);
    }
    Watch watch = new Watch(this, requireNonNull(prefix), afterRevision, requireNonNull(listener));
    watches.add(watch);
    watch.start();
    return watch;
  }

  @Override
  public void compact(long revision) {
    if (revision > index.revision()) {
      throw new IllegalArgumentException(
          "revision %d is not there yet, the latest is %d".formatted(revision, index.revision()));
    }
    // On a platform thread for the same reason as the committer.
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread.ofPlatform().name("store-compaction").start(() -> compactTo(revision, done));
    try {
      done.join();
    } catch (CompletionException e) {
      throw new StoreException("compaction failed: " + e.getCause().getMessage(), e.getCause());
    }
    watches.forEach(Watch::wake);
  }

  private void compactTo(long revision, CompletableFuture<Void> done) {
    history.writeLock().lock();
    try {
      if (closed) {
        throw new StoreException("the store is closed", null);
      }
      if (revision > compacted) {
        journal.compact(revision);
        compacted = revision;
      }
      done.complete(null);
    } catch (RuntimeException | Error e) {
      done.completeExceptionally(e);
    } finally {
      history.writeLock().unlock();
    }
  }

  @Override
  public void close() {
    queue.close();
    boolean interrupted = false;
    while (committer.isAlive()) {
      try {
        committer.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    history.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        journal.close();
      }
    } finally {
      history.writeLock().unlock();
    }
    watches.forEach(Watch::wake);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  boolean isClosed() {
    return closed;
  }

  long visibleRevision() {
    return index.revision();
  }

  void forget(Watch watch) {
    watches.remove(watch);
  }

  /**
   * Some revisions after that one; null when they were compacted away.
   *
   * @param previous whether the events shall carry the values before, which are read from disk
   */
  List<Revision> history(long after, boolean previous) {
    if (after < compacted) {
      return null;
    }
    long upTo = index.revision();
    List<Revision> found = previous ? null : recent.read(after, upTo, READ_AHEAD);
    if (found != null) {
      return found;
    }
    history.readLock().lock();
    try {
      if (closed) {
        return List.of();
      }
      return after < compacted ? null : journal.read(after, upTo, READ_AHEAD, previous);
    } finally {
      history.readLock().unlock();
    }
  }
}
