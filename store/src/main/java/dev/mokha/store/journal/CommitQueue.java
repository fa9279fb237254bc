package dev.mokha.store.journal;

import dev.mokha.store.Committed;
import dev.mokha.store.StoreException;
import dev.mokha.store.Transaction;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Transactions that wait for the committer. Its callers block, so their number bounds it. */
final class CommitQueue {
  private static final int MAX_BATCH = 1024;
  private static final long MAX_BATCH_BYTES = 4 << 20;

  /**
   * A transaction under way.
   *
   * @param bytes the size of its values
   */
  record Pending(Transaction transaction, long bytes, CompletableFuture<Committed> outcome) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Pending> waiting = new ArrayDeque<>();
  private boolean closed;

  void add(Pending pending) {
    lock.lock();
    try {
      if (closed) {
        throw new StoreException("the store is closed", null);
      }
      waiting.add(pending);
      if (waiting.size() == 1) {
        changed.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Refuses further transactions; those that wait are still handed out. */
  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for transactions and takes as many as one write should hold; empty once closed. */
  List<Pending> take() {
    lock.lock();
    try {
      while (waiting.isEmpty() && !closed) {
        changed.awaitUninterruptibly();
      }
      List<Pending> batch = new ArrayList<>(Math.min(waiting.size(), MAX_BATCH));
      long bytes = 0;
      while (!waiting.isEmpty() && batch.size() < MAX_BATCH && bytes < MAX_BATCH_BYTES) {
        Pending next = waiting.poll();
        bytes += next.bytes();
        batch.add(next);
      }
      return batch;
    } finally {
      lock.unlock();
    }
  }
}
