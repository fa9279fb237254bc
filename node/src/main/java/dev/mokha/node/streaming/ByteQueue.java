package dev.mokha.node.streaming;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Bytes on their way from an event loop to a blocking reader. The loop never blocks: it hears when
 * too much waits and pauses its source, and when that was read.
 */
public final class ByteQueue extends InputStream {
  private static final int FULL = 1 << 20;
  private static final int LOW = FULL / 4;

  private final Runnable onFull;
  private final Runnable onLow;
  private final Deque<byte[]> chunks = new ArrayDeque<>();
  private int offset;
  private int waiting;
  private boolean full;
  private boolean ended;
  private IOException failure;

  /** A queue that tells its source to pause and to go on. */
  public ByteQueue(Runnable onFull, Runnable onLow) {
    this.onFull = onFull;
    this.onLow = onLow;
  }

  /** Adds bytes, which now belong to the queue. */
  public void add(byte[] bytes) {
    boolean pause = false;
    synchronized (this) {
      if (ended || bytes.length == 0) {
        return;
      }
      chunks.add(bytes);
      waiting += bytes.length;
      if (!full && waiting >= FULL) {
        full = true;
        pause = true;
      }
      notifyAll();
    }
    if (pause) {
      onFull.run();
    }
  }

  /** No more will come. */
  public synchronized void end() {
    ended = true;
    notifyAll();
  }

  /** No more will come, because something broke. */
  public synchronized void fail(IOException cause) {
    if (!ended) {
      failure = cause;
      ended = true;
      notifyAll();
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int from, int length) throws IOException {
    int taken;
    boolean resume = false;
    synchronized (this) {
      try {
        while (chunks.isEmpty() && !ended) {
          wait();
        }
      } catch (InterruptedException e) {
        throw new InterruptedIOException("interrupted");
      }
      if (chunks.isEmpty()) {
        if (failure != null) {
          throw failure;
        }
        return -1;
      }
      byte[] first = chunks.peek();
      taken = Math.min(length, first.length - offset);
      System.arraycopy(first, offset, into, from, taken);
      offset += taken;
      waiting -= taken;
      if (offset == first.length) {
        chunks.poll();
        offset = 0;
      }
      if (full && waiting <= LOW) {
        full = false;
        resume = true;
      }
    }
    if (resume) {
      onLow.run();
    }
    return taken;
  }

  @Override
  public void close() {
    boolean resume;
    synchronized (this) {
      ended = true;
      chunks.clear();
      waiting = 0;
      offset = 0;
      resume = full;
      full = false;
      notifyAll();
    }
    if (resume) {
      onLow.run();
    }
  }
}
