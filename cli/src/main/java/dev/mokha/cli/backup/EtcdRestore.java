package dev.mokha.cli.backup;

import static java.util.Objects.requireNonNull;

import dev.mokha.cli.UserError;
import dev.mokha.store.Entry;
import dev.mokha.store.Snapshot;
import dev.mokha.store.Store;
import dev.mokha.store.Transaction;
import dev.mokha.store.Transaction.Compare;
import dev.mokha.store.Transaction.Delete;
import dev.mokha.store.Transaction.Operation;
import dev.mokha.store.Transaction.Put;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Fills the empty place of a cluster in an etcd.
 *
 * <p>etcd numbers its revisions itself, so the objects get new resourceVersions. They must be
 * beyond all that the backup knows, or a client could take a new one for one it has seen: an etcd
 * that is behind is written to until it is not. What was before is then compacted, so that a watch
 * of the old cluster is told to list again.
 */
public final class EtcdRestore {
  /** Beyond the backup's revision, for what the cluster wrote after it. */
  static final long AHEAD = 10_000;

  /** So many revisions take a minute or two to write; more would be no way to restore. */
  private static final long MOST = 500_000;

  private static final int WRITERS = 64;

  /** Under etcd's own limit, with what the store adds to a transaction. */
  private static final int OPERATIONS = 50;

  private static final int BYTES = Store.MAX_BYTES / 2;
  private static final String PLACE = "/mokha.dev/restoring/";

  /** Hears how far it is. */
  @FunctionalInterface
  public interface Progress {
    /** That many steps of all are done. */
    void at(String action, long done, long total);
  }

  private final Store store;
  private final Progress progress;

  EtcdRestore(Store store, Progress progress) {
    this.store = requireNonNull(store, "store");
    this.progress = requireNonNull(progress, "progress");
  }

  /**
   * Writes all entries.
   *
   * @throws UserError when there is something in the place, or the etcd is too far behind
   */
  void fill(Snapshot snapshot) {
    if (!store.list("").entries().isEmpty()) {
      throw new UserError(
          "there is a cluster, or half of one, in that etcd; choose another ?prefix=/NAME in its"
              + " address, or delete the keys there (etcdctl del --prefix)");
    }
    long wanted = snapshot.revision() + AHEAD;
    if (wanted - store.revision() > MOST) {
      throw new UserError(
          "the backup is at revision %d and the etcd only at %d, too far behind to catch up; choose an etcd that is beyond, or restore onto this machine without --store"
              .formatted(snapshot.revision(), store.revision()));
    }
    catchUp(wanted);
    write(snapshot.entries());
    store.compact(store.revision());
  }

  private void catchUp(long wanted) {
    long began = store.revision();
    if (began >= wanted) {
      return;
    }
    AtomicLong reached = new AtomicLong(began);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> writers = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        String key = PLACE + i;
        writers.add(threads.submit(() -> catchUp(key, began, wanted, reached)));
      }
      for (Future<?> writer : writers) {
        writer.get();
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("the restore was interrupted");
    }
  }

  private void catchUp(String key, long began, long wanted, AtomicLong reached) {
    while (reached.get() < wanted) {
      Put put = new Put(key, new byte[] {1});
      long revision = store.commit(new Transaction(List.of(), List.of(put))).revision();
      long now = reached.accumulateAndGet(revision, Math::max);
      progress.at("catching up", Math.min(now, wanted) - began, wanted - began);
    }
    store.commit(new Transaction(List.of(), List.of(new Delete(key))));
  }

  private void write(List<Entry> entries) {
    List<Compare> compares = new ArrayList<>();
    List<Operation> operations = new ArrayList<>();
    long bytes = 0;
    int done = 0;
    for (Entry entry : entries) {
      boolean full = operations.size() == OPERATIONS || bytes + entry.value().length > BYTES;
      if (full && !operations.isEmpty()) {
        store.commit(new Transaction(compares, operations));
        done += operations.size();
        progress.at("writing", done, entries.size());
        compares.clear();
        operations.clear();
        bytes = 0;
      }
      compares.add(new Compare(entry.key(), 0));
      operations.add(new Put(entry.key(), entry.value()));
      bytes += entry.value().length;
    }
    if (!operations.isEmpty()) {
      store.commit(new Transaction(compares, operations));
    }
    progress.at("writing", entries.size(), entries.size());
  }
}
