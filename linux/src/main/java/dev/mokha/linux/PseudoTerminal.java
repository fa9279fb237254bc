package dev.mokha.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * The master's side of a pseudo-terminal. Reading blocks, so it belongs on a platform thread. A
 * program is given {@link #slave}, by name: this process must not open that itself, for it could
 * become its controlling terminal.
 */
public final class PseudoTerminal implements AutoCloseable {
  private static final int O_RDWR = 2;
  private static final int O_NOCTTY = 0x100;
  private static final int O_CLOEXEC = 0x80000;
  private static final int O_NONBLOCK = 0x800;
  private static final int TIOCSWINSZ = 0x5414;
  private static final int NAME_BYTES = 64;
  private static final short POLLIN = 1;

  private static final NativeFunction OPENPT = NativeFunction.ofInt("posix_openpt", 1);
  private static final NativeFunction UNLOCK = NativeFunction.ofInt("unlockpt", 1);
  private static final NativeFunction NAME = NativeFunction.ofInt("ptsname_r", 3);
  private static final NativeFunction IOCTL = NativeFunction.ofInt("ioctl", 3);
  private static final NativeFunction READ = NativeFunction.ofLong("read", 3);
  private static final NativeFunction WRITE = NativeFunction.ofLong("write", 3);

  private static final NativeFunction POLL = NativeFunction.ofInt("poll", 3);

  private final FileDescriptor master;
  private final Path slave;

  private PseudoTerminal(FileDescriptor master, Path slave) {
    this.master = master;
    this.slave = slave;
  }

  /** One that somebody else made; its other side has no name here. */
  public static PseudoTerminal of(FileDescriptor master) {
    return new PseudoTerminal(master, null);
  }

  /** Makes one. */
  public static PseudoTerminal open() {
    FileDescriptor master =
        new FileDescriptor(OPENPT.call("open a terminal", O_RDWR | O_NOCTTY | O_CLOEXEC));
    try (Arena arena = Arena.ofConfined()) {
      UNLOCK.call("unlock a terminal", master.number());
      MemorySegment name = arena.allocate(NAME_BYTES);
      long error = NAME.call("name a terminal", master.number(), name.address(), NAME_BYTES);
      if (error != 0) {
        throw new LinuxException("name a terminal", Errno.of((int) error));
      }
      return new PseudoTerminal(master, Path.of(name.getString(0)));
    } catch (RuntimeException e) {
      master.close();
      throw e;
    }
  }

  /** The other side's device, such as {@code /dev/pts/3}. */
  public Path slave() {
    return slave;
  }

  /** Sets its size; the programs on it are told. */
  public void resize(int columns, int rows) {
    resize(master, columns, rows);
  }

  /**
   * Sets the size of a terminal by any name of it, such as {@code /proc/PID/fd/0} of a process on
   * it; the programs on it are told.
   *
   * @throws LinuxException when there is no terminal
   */
  public static void resize(Path terminal, int columns, int rows) {
    try (FileDescriptor open =
        FileDescriptor.open(terminal, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)) {
      resize(open, columns, rows);
    }
  }

  private static void resize(FileDescriptor terminal, int columns, int rows) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(8, 2);
      size.set(ValueLayout.JAVA_SHORT, 0, (short) rows);
      size.set(ValueLayout.JAVA_SHORT, 2, (short) columns);
      IOCTL.call("resize a terminal", terminal.number(), TIOCSWINSZ, size.address());
    }
  }

  /**
   * Reads what the other side wrote.
   *
   * @return how many bytes; -1 when nobody has the other side open any more
   */
  public int read(MemorySegment buffer) {
    while (true) {
      long n = READ.tryCall(master.number(), buffer.address(), buffer.byteSize());
      if (n > 0) {
        return (int) n;
      }
      if (n == 0 || n == -Errno.EIO.number()) {
        return -1;
      }
      if (n != -Errno.EINTR.number()) {
        throw new LinuxException("read a terminal", Errno.of((int) -n));
      }
    }
  }

  /**
   * Waits for something to read.
   *
   * @return whether {@link #read} will not block
   */
  public boolean awaitInput(int millis) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(8, 4);
      request.set(ValueLayout.JAVA_INT, 0, master.number());
      request.set(ValueLayout.JAVA_SHORT, 4, POLLIN);
      return POLL.tryCall(request.address(), 1, millis) > 0;
    }
  }

  /** Types. */
  public void write(byte[] bytes, int offset, int length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(Math.max(1, length));
      MemorySegment.copy(bytes, offset, buffer, ValueLayout.JAVA_BYTE, 0, length);
      long done = 0;
      while (done < length) {
        long n = WRITE.tryCall(master.number(), buffer.address() + done, length - done);
        if (n < 0 && n != -Errno.EINTR.number()) {
          throw new LinuxException("write a terminal", Errno.of((int) -n));
        }
        done += Math.max(0, n);
      }
    }
  }

  @Override
  public void close() {
    master.close();
  }
}
