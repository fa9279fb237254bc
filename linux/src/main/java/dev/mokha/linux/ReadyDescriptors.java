package dev.mokha.linux;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Tells when descriptors can be read, with one thread for all of them (epoll(7)) and no polling.
 *
 * <pre>{@code
 * try (ReadyDescriptors ready = new ReadyDescriptors("events");
 *     EventCounter counter = new EventCounter();
 *     ReadyDescriptors.Watch watch = ready.watch(counter.descriptor(), () -> counter.take())) {
 *   ...
 * }
 * }</pre>
 */
public final class ReadyDescriptors implements AutoCloseable {
  private static final NativeFunction CREATE = NativeFunction.ofInt("epoll_create1", 1);
  private static final NativeFunction CONTROL = NativeFunction.ofInt("epoll_ctl", 4);
  private static final NativeFunction WAIT = NativeFunction.ofInt("epoll_wait", 4);

  private static final int CLOEXEC = 0x80000;
  private static final int ADD = 1;
  private static final int DELETE = 2;
  private static final int READABLE = 1;

  /** struct epoll_event is packed on x86-64 alone. */
  private static final int DATA_OFFSET = System.getProperty("os.arch").equals("amd64") ? 4 : 8;

  private static final int EVENT_SIZE = DATA_OFFSET + 8;
  private static final int BATCH = 64;
  private static final long STOP = 0;

  private final FileDescriptor epoll = new FileDescriptor(CREATE.call("epoll", CLOEXEC));
  private final EventCounter stop = new EventCounter();
  private final Map<Long, Entry> entries = new ConcurrentHashMap<>();
  private final AtomicLong nextKey = new AtomicLong(STOP + 1);
  private final Thread thread;

  /** A descriptor that is watched; to be closed before the descriptor is. */
  public interface Watch extends AutoCloseable {
    /** Ends it: when this returns the handler does not run and will not run again. */
    @Override
    void close();
  }

  private final class Entry implements Watch {
    private final long key;
    private final int descriptor;
    private final Runnable readable;
    private boolean closed;

    Entry(long key, int descriptor, Runnable readable) {
      this.key = key;
      this.descriptor = descriptor;
      this.readable = readable;
    }

    synchronized void ready() {
      if (!closed) {
        readable.run();
      }
    }

    @Override
    public synchronized void close() {
      if (!closed) {
        closed = true;
        entries.remove(key);
        // Where the descriptor was closed too early, the kernel has forgotten it already.
        CONTROL.tryCall(epoll.number(), DELETE, descriptor, 0);
      }
    }
  }

  /** Starts the thread. */
  public ReadyDescriptors(String threadName) {
    add(stop.descriptor(), STOP);
    thread = Thread.ofPlatform().name(threadName).daemon().start(this::run);
  }

  /**
   * Watches a descriptor.
   *
   * @param readable is called on the watching thread whenever there is something to read; it must
   *     read that, or close the watch, and be short
   */
  public Watch watch(int descriptor, Runnable readable) {
    Entry entry = new Entry(nextKey.getAndIncrement(), descriptor, requireNonNull(readable));
    entries.put(entry.key, entry);
    try {
      add(descriptor, entry.key);
    } catch (RuntimeException e) {
      entries.remove(entry.key);
      throw e;
    }
    return entry;
  }

  private void add(int descriptor, long key) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment event = arena.allocate(16, 8);
      event.set(ValueLayout.JAVA_INT, 0, READABLE);
      event.set(ValueLayout.JAVA_LONG_UNALIGNED, DATA_OFFSET, key);
      CONTROL.call("watch a descriptor", epoll.number(), ADD, descriptor, event.address());
    }
  }

  private void run() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment events = arena.allocate((long) EVENT_SIZE * BATCH, 8);
      while (true) {
        long count = WAIT.tryCall(epoll.number(), events.address(), BATCH, -1);
        if (count < 0 && count != -Errno.EINTR.number()) {
          throw new LinuxException("wait for descriptors", Errno.of((int) -count));
        }
        for (long i = 0; i < count; i++) {
          long key = events.get(ValueLayout.JAVA_LONG_UNALIGNED, i * EVENT_SIZE + DATA_OFFSET);
          if (key == STOP) {
            return;
          }
          Entry entry = entries.get(key);
          if (entry != null) {
            entry.ready();
          }
        }
      }
    }
  }

  /** Ends the thread; the descriptors stay open, and are no longer watched. */
  @Override
  public void close() {
    stop.add(1);
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    entries.values().forEach(Entry::close);
    epoll.close();
    stop.close();
  }
}
