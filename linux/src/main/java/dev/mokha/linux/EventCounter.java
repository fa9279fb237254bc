package dev.mokha.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A counter that can be watched, and that the kernel can be given to add to (eventfd(2)). */
public final class EventCounter implements AutoCloseable {
  private static final NativeFunction CREATE = NativeFunction.ofInt("eventfd", 2);
  private static final NativeFunction READ = NativeFunction.ofLong("read", 3);
  private static final NativeFunction WRITE = NativeFunction.ofLong("write", 3);

  private static final int CLOEXEC = 0x80000;
  private static final int NONBLOCK = 0x800;

  private final FileDescriptor file =
      new FileDescriptor(CREATE.call("eventfd", 0, CLOEXEC | NONBLOCK));

  /** Its descriptor, which can be read when it is not 0. */
  public int descriptor() {
    return file.number();
  }

  /** Adds to it. */
  public void add(long count) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocateFrom(ValueLayout.JAVA_LONG, count);
      WRITE.call("add to an eventfd", file.number(), value.address(), 8);
    }
  }

  /** What it has come to; it is 0 then. */
  public long take() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(ValueLayout.JAVA_LONG);
      long read = READ.tryCall(file.number(), value.address(), 8);
      return read == 8 ? value.get(ValueLayout.JAVA_LONG, 0) : 0;
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
