package dev.mokha.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Tells of the ends of any processes, children or not, with one thread (epoll(7) over pidfds) and
 * no polling.
 */
public final class ProcessExits implements AutoCloseable {
  private static final NativeFunction CREATE = NativeFunction.ofInt("epoll_create1", 1);
  private static final NativeFunction CONTROL = NativeFunction.ofInt("epoll_ctl", 4);
  private static final NativeFunction WAIT = NativeFunction.ofInt("epoll_wait", 4);
  private static final NativeFunction EVENTFD = NativeFunction.ofInt("eventfd", 2);
  private static final NativeFunction WRITE = NativeFunction.ofLong("write", 3);

  private static final int CLOEXEC = 0x80000;
  private static final int ADD = 1;
  private static final int DELETE = 2;
  private static final int READABLE = 1;

  /** struct epoll_event is packed on x86-64 alone. */
  private static final int DATA_OFFSET = System.getProperty("os.arch").equals("amd64") ? 4 : 8;

  private static final int EVENT_SIZE = DATA_OFFSET + 8;
  private static final int BATCH = 64;

  private final FileDescriptor epoll = new FileDescriptor(CREATE.call("epoll", CLOEXEC));
  private final FileDescriptor stop = new FileDescriptor(EVENTFD.call("eventfd", 0, CLOEXEC));
  private final Map<Long, Watched> watched = new ConcurrentHashMap<>();
  private final AtomicLong nextKey = new AtomicLong(1);
  private final Thread thread;

  private record Watched(Pidfd process, CompletableFuture<Void> exited) {}

  /** Starts the thread. */
  public ProcessExits() {
    control(ADD, stop.number(), 0);
    thread = Thread.ofPlatform().name("process-exits").daemon().start(this::run);
  }

  /**
   * Completes when the process has ended, at once when there is none of that number. Dependants run
   * on the watching thread unless they are async: they must be short.
   */
  public CompletableFuture<Void> onExit(long pid) {
    Optional<Pidfd> process = Pidfd.open(pid);
    if (process.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    long key = nextKey.getAndIncrement();
    Watched entry = new Watched(process.get(), new CompletableFuture<>());
    watched.put(key, entry);
    try {
      control(ADD, entry.process.descriptor(), key);
    } catch (RuntimeException e) {
      watched.remove(key);
      entry.process.close();
      throw e;
    }
    return entry.exited;
  }

  private void control(int operation, int descriptor, long key) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment event = arena.allocate(16, 8);
      event.set(ValueLayout.JAVA_INT, 0, READABLE);
      event.set(ValueLayout.JAVA_LONG_UNALIGNED, DATA_OFFSET, key);
      CONTROL.call("watch a process", epoll.number(), operation, descriptor, event.address());
    }
  }

  private void run() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment events = arena.allocate((long) EVENT_SIZE * BATCH, 8);
      while (true) {
        long count = WAIT.tryCall(epoll.number(), events.address(), BATCH, -1);
        if (count < 0 && count != -Errno.EINTR.number()) {
          throw new LinuxException("wait for processes", Errno.of((int) -count));
        }
        for (long i = 0; i < count; i++) {
          long key = events.get(ValueLayout.JAVA_LONG_UNALIGNED, i * EVENT_SIZE + DATA_OFFSET);
          if (key == 0) {
            return;
          }
          Watched entry = watched.remove(key);
          if (entry != null) {
            control(DELETE, entry.process.descriptor(), key);
            entry.process.close();
            entry.exited.complete(null);
          }
        }
      }
    }
  }

  /** Ends the thread; what was not complete is cancelled. */
  @Override
  public void close() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1L);
      WRITE.call("stop watching", stop.number(), one.address(), 8);
    }
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
    watched
        .values()
        .forEach(
            entry -> {
              entry.process.close();
              entry.exited.cancel(false);
            });
    watched.clear();
    epoll.close();
    stop.close();
  }
}
