package dev.mokha.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Optional;

/**
 * A process held by a descriptor (pidfd_open(2)): it stays that very process even when it has ended
 * and its number was given to another. It need not be a child.
 *
 * <p>To be told of many processes' ends use {@link ProcessExits}.
 */
public final class Pidfd implements AutoCloseable {
  private static final NativeFunction OPEN = NativeFunction.ofInt("pidfd_open", 2);
  private static final NativeFunction SEND = NativeFunction.ofInt("pidfd_send_signal", 4);
  private static final NativeFunction POLL = NativeFunction.ofInt("poll", 3);

  private final long pid;
  private final FileDescriptor descriptor;

  private Pidfd(long pid, FileDescriptor descriptor) {
    this.pid = pid;
    this.descriptor = descriptor;
  }

  /** Holds a process; empty when there is none of that number. */
  public static Optional<Pidfd> open(long pid) {
    long result = OPEN.tryCall(pid, 0);
    if (result == -Errno.ESRCH.number()) {
      return Optional.empty();
    }
    if (result < 0) {
      throw new LinuxException("hold process " + pid, Errno.of((int) -result));
    }
    return Optional.of(new Pidfd(pid, new FileDescriptor(result)));
  }

  /** Its number when it was opened. */
  public long pid() {
    return pid;
  }

  /**
   * Sends a signal.
   *
   * @return false when the process has ended
   */
  public boolean send(int signal) {
    long result = SEND.tryCall(descriptor.number(), signal, 0, 0);
    if (result < 0 && result != -Errno.ESRCH.number()) {
      throw new LinuxException(
          "send signal " + signal + " to process " + pid, Errno.of((int) -result));
    }
    return result >= 0;
  }

  /** Whether the process has ended, be it still a zombie. */
  public boolean hasExited() {
    return awaitExit(Duration.ZERO);
  }

  /** Waits for its end; blocks the thread's carrier. False when the time is over. */
  public boolean awaitExit(Duration atMost) {
    long deadline = System.nanoTime() + atMost.toNanos();
    try (Arena arena = Arena.ofConfined()) {
      // struct pollfd { int fd; short events; short revents; }
      MemorySegment poll = arena.allocate(8, 4);
      poll.set(ValueLayout.JAVA_INT, 0, descriptor.number());
      poll.set(ValueLayout.JAVA_SHORT, 4, (short) 1);
      while (true) {
        long millis = Math.max(0, (deadline - System.nanoTime() + 999_999) / 1_000_000);
        long ready = POLL.tryCall(poll.address(), 1, Math.min(millis, Integer.MAX_VALUE));
        if (ready > 0) {
          return true;
        }
        if (ready < 0 && ready != -Errno.EINTR.number()) {
          throw new LinuxException("wait for process " + pid, Errno.of((int) -ready));
        }
        if (millis == 0) {
          return false;
        }
      }
    }
  }

  int descriptor() {
    return descriptor.number();
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
