package dev.mokha.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/**
 * A C function whose arguments are all integers or pointers, with its errno.
 *
 * <p>The calling conventions of x86-64 and AArch64 pass those alike, each in a 64-bit register, so
 * that one shape serves all of them; an {@code int} result is sign-extended by {@link #call}. A
 * call blocks its carrier when made on a virtual thread: calls that may wait belong on a platform
 * thread.
 *
 * @param name as in the library
 * @param handle takes the errno's place, then the arguments
 */
public record NativeFunction(String name, MethodHandle handle) {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
  private static final long ERRNO =
      STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

  /** A function of the C library, which returns an {@code int}. */
  public static NativeFunction ofInt(String name, int arguments) {
    return of(LINKER.defaultLookup(), name, arguments, JAVA_INT);
  }

  /** A function of the C library, which returns a {@code long} or a pointer. */
  public static NativeFunction ofLong(String name, int arguments) {
    return of(LINKER.defaultLookup(), name, arguments, JAVA_LONG);
  }

  /** A function of another library. */
  public static NativeFunction of(
      SymbolLookup library, String name, int arguments, MemoryLayout result) {
    MethodHandle raw = link(library, name, FunctionDescriptor.of(result, longs(arguments)));
    return new NativeFunction(name, raw.asType(raw.type().changeReturnType(long.class)));
  }

  /** A function of another library that returns nothing; a call of it returns 0. */
  public static NativeFunction ofVoid(SymbolLookup library, String name, int arguments) {
    MethodHandle raw = link(library, name, FunctionDescriptor.ofVoid(longs(arguments)));
    return new NativeFunction(name, raw.asType(raw.type().changeReturnType(long.class)));
  }

  private static MethodHandle link(
      SymbolLookup library, String name, FunctionDescriptor descriptor) {
    MemorySegment symbol =
        library
            .find(name)
            .orElseThrow(
                () ->
                    new UnsupportedOperationException(
                        "The C library has no " + name + "; Mokha needs glibc 2.36 or later"));
    return LINKER.downcallHandle(symbol, descriptor, Linker.Option.captureCallState("errno"));
  }

  private static MemoryLayout[] longs(int count) {
    MemoryLayout[] parameters = new MemoryLayout[count];
    Arrays.fill(parameters, JAVA_LONG);
    return parameters;
  }

  /**
   * Calls it.
   *
   * @return what it returned
   * @throws LinuxException when that is -1
   */
  public long call(String what, long... arguments) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      long result = invoke(state, arguments);
      if (result == -1) {
        throw new LinuxException(what, Errno.of(state.get(JAVA_INT, ERRNO)));
      }
      return result;
    }
  }

  /** Calls it; returns minus the errno where it returned -1. */
  public long tryCall(long... arguments) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      long result = invoke(state, arguments);
      return result == -1 ? -state.get(JAVA_INT, ERRNO) : result;
    }
  }

  /** Calls it; returns what it returned, for functions that do not set errno. */
  public long plainCall(long... arguments) {
    try (Arena arena = Arena.ofConfined()) {
      return invoke(arena.allocate(STATE), arguments);
    }
  }

  private long invoke(MemorySegment state, long[] a) {
    try {
      return switch (a.length) {
        case 0 -> (long) handle.invokeExact(state);
        case 1 -> (long) handle.invokeExact(state, a[0]);
        case 2 -> (long) handle.invokeExact(state, a[0], a[1]);
        case 3 -> (long) handle.invokeExact(state, a[0], a[1], a[2]);
        case 4 -> (long) handle.invokeExact(state, a[0], a[1], a[2], a[3]);
        case 5 -> (long) handle.invokeExact(state, a[0], a[1], a[2], a[3], a[4]);
        case 6 -> (long) handle.invokeExact(state, a[0], a[1], a[2], a[3], a[4], a[5]);
        default -> throw new IllegalArgumentException("at most 6 arguments: " + a.length);
      };
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new AssertionError(name + " can't throw", t);
    }
  }
}
