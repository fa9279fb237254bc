package dev.mokha.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Limits of processes: prlimit(2). */
@SuppressWarnings("EnumOrdinal")
public final class Rlimits {
  /** No limit. */
  public static final long UNLIMITED = -1;

  private static final NativeFunction PRLIMIT = NativeFunction.ofInt("prlimit64", 4);

  private Rlimits() {}

  /** What is limited, in the order of the numbers (asm-generic/resource.h). */
  public enum Resource {
    /** Seconds of CPU time. */
    CPU,
    /** Bytes of a file. */
    FSIZE,
    /** Bytes of data. */
    DATA,
    /** Bytes of stack. */
    STACK,
    /** Bytes of a core dump. */
    CORE,
    /** Bytes of resident memory; has no effect. */
    RSS,
    /** Processes of a user. */
    NPROC,
    /** Open files. */
    NOFILE,
    /** Bytes locked in memory. */
    MEMLOCK,
    /** Bytes of address space. */
    AS,
    /** File locks. */
    LOCKS,
    /** Signals queued. */
    SIGPENDING,
    /** Bytes of POSIX message queues. */
    MSGQUEUE,
    /** Highest nice value. */
    NICE,
    /** Highest real-time priority. */
    RTPRIO,
    /** Microseconds of real-time without a pause. */
    RTTIME
  }

  /**
   * A limit.
   *
   * @param soft what holds
   * @param hard what it may be raised to
   */
  public record Limit(long soft, long hard) {}

  /** A process's limit; 0 is this process. */
  public static Limit get(long pid, Resource resource) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment old = arena.allocate(16, 8);
      PRLIMIT.call("read limit " + resource, pid, resource.ordinal(), 0, old.address());
      return new Limit(old.get(ValueLayout.JAVA_LONG, 0), old.get(ValueLayout.JAVA_LONG, 8));
    }
  }

  /**
   * Sets a process's limit; 0 is this process.
   *
   * @throws LinuxException EPERM when the hard limit is raised without CAP_SYS_RESOURCE
   */
  public static void set(long pid, Resource resource, Limit limit) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment wanted = arena.allocate(16, 8);
      wanted.set(ValueLayout.JAVA_LONG, 0, limit.soft());
      wanted.set(ValueLayout.JAVA_LONG, 8, limit.hard());
      PRLIMIT.call("set limit " + resource, pid, resource.ordinal(), wanted.address(), 0);
    }
  }
}
