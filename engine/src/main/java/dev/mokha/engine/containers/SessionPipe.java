package dev.mokha.engine.containers;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Bytes from one thread to another, with bounded room. Unlike java.io's pipe it does not care which
 * thread reads, wakes the reader at once, and suits virtual threads.
 */
final class SessionPipe extends InputStream {
  private static final int ROOM = 1 << 20;

  private final Deque<byte[]> chunks = new ArrayDeque<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private int position;
  private int held;
  private boolean ended;
  private boolean closed;

  /** Puts bytes in; waits while there is no room. Does nothing when nobody will read them. */
  void put(byte[] bytes) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (held > ROOM && !closed) {
        changed.await();
      }
      if (!closed && !ended && bytes.length > 0) {
        chunks.add(bytes);
        held += bytes.length;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** No more comes. */
  void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    lock.lock();
    try {
      while (chunks.isEmpty() && !ended && !closed) {
        changed.await();
      }
      if (closed) {
        throw new IOException("The stream is closed");
      }
      byte[] first = chunks.peek();
      if (first == null) {
        return -1;
      }
      int n = Math.min(length, first.length - position);
      System.arraycopy(first, position, bytes, offset, n);
      position += n;
      held -= n;
      if (position == first.length) {
        chunks.remove();
        position = 0;
      }
      changed.signalAll();
      return n;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Reading was interrupted", e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int available() {
    lock.lock();
    try {
      return held;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      chunks.clear();
      held = 0;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
