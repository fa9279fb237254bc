package dev.mokha.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** An open file descriptor that Java's own classes can't hold: a namespace, a mount, a pidfd. */
public final class FileDescriptor implements AutoCloseable {
  /** Only for reading. */
  public static final int READ_ONLY = 0;

  /** Only as a place in the file system (O_PATH). */
  public static final int PATH = 0x200000;

  private static final int CLOEXEC = 0x80000;
  private static final NativeFunction OPEN = NativeFunction.ofInt("open", 3);
  private static final NativeFunction CLOSE = NativeFunction.ofInt("close", 1);

  private final AtomicInteger number;

  /** Takes over a descriptor. */
  public FileDescriptor(long number) {
    this.number = new AtomicInteger(Math.toIntExact(number));
  }

  /** Opens a file; the descriptor is not inherited by programs that are started. */
  public static FileDescriptor open(Path path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      return new FileDescriptor(
          OPEN.call("open " + path, string(arena, path.toString()), flags | CLOEXEC, 0));
    }
  }

  /** Its number. */
  public int number() {
    int current = number.get();
    if (current < 0) {
      throw new IllegalStateException("The descriptor is closed");
    }
    return current;
  }

  @Override
  public void close() {
    int current = number.getAndSet(-1);
    if (current >= 0) {
      CLOSE.tryCall(current);
    }
  }

  /** The address of a C string; 0 for null. */
  static long string(Arena arena, String text) {
    if (text == null) {
      return 0;
    }
    MemorySegment segment = arena.allocateFrom(text, StandardCharsets.UTF_8);
    return segment.address();
  }
}
