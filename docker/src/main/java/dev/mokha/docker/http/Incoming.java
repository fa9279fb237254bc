package dev.mokha.docker.http;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What comes in on a connection. While a handler works, somebody else may {@link #watch} whether
 * the client is still there; what that reads is kept for the next request.
 */
final class Incoming {
  private static final int AHEAD = 1 << 13;

  private final Wire wire;
  private final ReentrantLock lock = new ReentrantLock();
  private final CompletableFuture<Void> gone = new CompletableFuture<>();
  private byte[] ahead = new byte[0];
  private int position;

  /**
   * The watch that may read; one of an earlier request must not, or it takes the next one's bytes.
   */
  private int watch;

  private boolean watched;

  Incoming(Wire wire) {
    this.wire = wire;
  }

  /** Reads some bytes; -1 at the end. */
  int read(byte[] bytes, int offset, int length) throws IOException {
    lock.lock();
    try {
      if (position < ahead.length) {
        int n = Math.min(length, ahead.length - position);
        System.arraycopy(ahead, position, bytes, offset, n);
        position += n;
        return n;
      }
      watched = false;
      watch++;
      if (gone.isDone()) {
        return -1;
      }
      int n = wire.read(bytes, offset, length);
      if (n < 0) {
        gone.complete(null);
      }
      return n;
    } finally {
      lock.unlock();
    }
  }

  /** Completes when the client ends its side. */
  CompletableFuture<Void> watch() {
    lock.lock();
    try {
      if (!watched && position == ahead.length && !gone.isDone()) {
        watched = true;
        int own = ++watch;
        Thread.ofVirtual().name("docker-watch").start(() -> look(own));
      }
    } finally {
      lock.unlock();
    }
    return gone;
  }

  private void look(int own) {
    lock.lock();
    try {
      if (own != watch) {
        return; // what it was to watch is over
      }
      byte[] bytes = new byte[AHEAD];
      int n = wire.read(bytes, 0, bytes.length);
      if (n < 0) {
        gone.complete(null);
      } else {
        ahead = java.util.Arrays.copyOf(bytes, n);
        position = 0;
      }
    } catch (IOException e) {
      gone.complete(null);
    } finally {
      lock.unlock();
    }
  }
}
