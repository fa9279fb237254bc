package dev.mokha.store.etcd;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;

/**
 * Linearizable reads of the revision, shared: all who ask while one is under way share the next.
 * (Not that one: it may have been answered already before something happened that they know of.)
 */
final class LatestRevision {
  private final LongSupplier read;
  private CompletableFuture<Long> next;
  private boolean underWay;

  LatestRevision(LongSupplier read) {
    this.read = read;
  }

  long get() {
    CompletableFuture<Long> mine;
    boolean leads = false;
    synchronized (this) {
      if (underWay) {
        if (next == null) {
          next = new CompletableFuture<>();
        }
        mine = next;
      } else {
        underWay = true;
        leads = true;
        mine = new CompletableFuture<>();
      }
    }
    if (leads) {
      ask(mine);
    }
    try {
      return mine.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException known ? known : e;
    }
  }

  private void ask(CompletableFuture<Long> asked) {
    try {
      asked.complete(read.getAsLong());
    } catch (RuntimeException | Error e) {
      asked.completeExceptionally(e);
    }
    CompletableFuture<Long> waiting;
    synchronized (this) {
      waiting = next;
      next = null;
      underWay = waiting != null;
    }
    if (waiting != null) {
      // On a thread of its own: whoever asked first shall not go on asking for others.
      Thread.ofVirtual().name("etcd-revision").start(() -> ask(waiting));
    }
  }
}
