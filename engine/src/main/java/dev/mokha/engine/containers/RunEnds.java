package dev.mokha.engine.containers;

import dev.mokha.engine.EngineException;
import java.util.concurrent.CompletableFuture;

/** Tells those who wait of the end of a container's runs, one after the other. */
final class RunEnds {
  private CompletableFuture<Container.State> next = new CompletableFuture<>();
  private boolean closed;

  /** The end of the run under way or, when there is none, of the next one. */
  synchronized CompletableFuture<Container.State> next() {
    return next.copy();
  }

  /** A run has ended. */
  void ended(Container.State state) {
    CompletableFuture<Container.State> told;
    synchronized (this) {
      if (closed) {
        return;
      }
      told = next;
      next = new CompletableFuture<>();
    }
    told.complete(state);
  }

  /** There will be no run any more: the container was removed. */
  void close(String id) {
    CompletableFuture<Container.State> told;
    synchronized (this) {
      closed = true;
      told = next;
    }
    told.completeExceptionally(
        new EngineException(
            EngineException.Code.NOT_FOUND, "Container " + id + " was removed before it ran"));
  }
}
