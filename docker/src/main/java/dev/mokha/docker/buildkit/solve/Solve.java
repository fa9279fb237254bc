package dev.mokha.docker.buildkit.solve;

import dev.mokha.docker.buildkit.session.Session;
import dev.mokha.docker.buildkit.wire.Failure;
import dev.mokha.docker.buildkit.wire.Message;
import dev.mokha.docker.http.Caller;
import java.time.Clock;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * One build of a client. Life: made by {@code Control.Solve}; the client works on it through {@code
 * LLBBridge} until it says what the result is; that is exported, and the build ends. It is given up
 * when its call or its session ends before.
 */
final class Solve {
  private final String ref;
  private final Caller owner;
  private final Session session;
  private final Set<String> entitlements;
  private final Vertices vertices;
  private final CompletableFuture<Message> returned = new CompletableFuture<>();
  private final Set<Thread> working = new HashSet<>();
  private boolean cancelled;

  /**
   * A build.
   *
   * @param ref as the client calls it
   * @param session the client, to be asked for files and the like; null when it gave none
   * @param entitlements what of the host the client lets steps have
   */
  Solve(String ref, Caller owner, Session session, Set<String> entitlements, Clock clock) {
    this.ref = ref;
    this.entitlements = Set.copyOf(entitlements);
    this.owner = owner;
    this.session = session;
    this.vertices = new Vertices(ref, clock);
  }

  String ref() {
    return ref;
  }

  Caller owner() {
    return owner;
  }

  Set<String> entitlements() {
    return entitlements;
  }

  Vertices vertices() {
    return vertices;
  }

  /** The client. */
  Session session() {
    if (session == null) {
      throw new Failure(
          Failure.Code.INVALID_ARGUMENT, "this build needs a session, and none was named");
    }
    return session;
  }

  /** Runs something when the client's session ends. */
  void overWith(Runnable action) {
    if (session != null) {
      var _ = session.over().thenRun(action);
    }
  }

  private static Failure givenUp() {
    return new Failure(Failure.Code.CANCELLED, "context canceled");
  }

  /** Gives the build up: whoever works on it is interrupted. */
  void cancel() {
    synchronized (working) {
      cancelled = true;
      working.forEach(Thread::interrupt);
    }
    returned.completeExceptionally(givenUp());
  }

  /** Works on the build, to be interrupted when it is given up. */
  <T> T work(Callable<T> task) throws Exception {
    synchronized (working) {
      if (cancelled) {
        throw givenUp();
      }
      working.add(Thread.currentThread());
    }
    try {
      return task.call();
    } catch (Exception e) {
      synchronized (working) {
        if (cancelled) {
          Failure failure = givenUp();
          failure.addSuppressed(e);
          throw failure;
        }
      }
      throw e;
    } finally {
      synchronized (working) {
        working.remove(Thread.currentThread());
        if (cancelled) {
          Thread.interrupted(); // it was meant for what is over now
        }
      }
    }
  }

  /** The client says what the result is. */
  void returned(Message result) {
    returned.complete(result);
  }

  /** The client says that there will be none. */
  void failed(Failure failure) {
    returned.completeExceptionally(failure);
  }

  /** Waits for the client's word. */
  Message awaitReturn() throws InterruptedException {
    try {
      return returned.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Failure failure
          ? failure
          : new Failure(Failure.Code.INTERNAL, String.valueOf(e.getCause().getMessage()));
    }
  }
}
