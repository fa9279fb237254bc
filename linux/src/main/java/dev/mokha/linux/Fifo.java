package dev.mokha.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;

/** Reads from and writes to a FIFO without waiting for ever for someone at its other end. */
public final class Fifo {
  private static final int NONBLOCK = 0x800;
  private static final int WRITE_ONLY = 1;
  private static final short POLLIN = 1;

  private static final NativeFunction POLL = NativeFunction.ofInt("poll", 3);
  private static final NativeFunction READ = NativeFunction.ofLong("read", 3);

  private static final NativeFunction WRITE = NativeFunction.ofLong("write", 3);

  private Fifo() {}

  /** Something to do between two steps. */
  @FunctionalInterface
  public interface Step {
    /** Does it. */
    void run() throws IOException;
  }

  /**
   * Lets one reader that has the FIFO open go on, with a byte of zero.
   *
   * @param before done when it is sure that there is a reader, and before the byte is written
   * @throws LinuxException ENXIO when nobody has it open for reading
   */
  public static void writeByte(Path fifo, Step before) throws IOException {
    try (FileDescriptor writer = FileDescriptor.open(fifo, WRITE_ONLY | NONBLOCK);
        Arena arena = Arena.ofConfined()) {
      before.run();
      MemorySegment zero = arena.allocate(1);
      WRITE.call("write to " + fifo, writer.number(), zero.address(), 1);
    }
  }

  /**
   * Lets one writer that waits for a reader go on, and takes what it writes.
   *
   * @return false when nobody wrote anything in that time
   */
  public static boolean awaitByte(Path fifo, Duration atMost) {
    long end = System.nanoTime() + atMost.toNanos();
    try (FileDescriptor reader = FileDescriptor.open(fifo, FileDescriptor.READ_ONLY | NONBLOCK);
        Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(8, 4);
      MemorySegment buffer = arena.allocate(1);
      while (true) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        request.set(ValueLayout.JAVA_INT, 0, reader.number());
        request.set(ValueLayout.JAVA_SHORT, 4, POLLIN);
        request.set(ValueLayout.JAVA_SHORT, 6, (short) 0);
        long ready = POLL.tryCall(request.address(), 1, Math.max(1, left / 1_000_000));
        if (ready > 0) {
          return READ.tryCall(reader.number(), buffer.address(), 1) == 1;
        }
        if (ready < 0 && ready != -Errno.EINTR.number()) {
          throw new LinuxException("wait for " + fifo, Errno.of((int) -ready));
        }
      }
    }
  }
}
