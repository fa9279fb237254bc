package dev.mokha.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Extended attributes of any namespace ({@code trusted.overlay.opaque}, {@code
 * security.capability}); Java knows only {@code user.}. Symbolic links are not followed.
 */
public final class Xattrs {
  private static final NativeFunction SET = NativeFunction.ofInt("lsetxattr", 5);
  private static final NativeFunction SET_HELD = NativeFunction.ofInt("setxattr", 5);
  private static final NativeFunction GET = NativeFunction.ofLong("lgetxattr", 4);
  private static final NativeFunction LIST = NativeFunction.ofLong("llistxattr", 3);
  private static final NativeFunction REMOVE = NativeFunction.ofInt("lremovexattr", 2);
  private static final int LIMIT = 65536;

  private Xattrs() {}

  /** Sets one. */
  public static void set(Path path, String name, byte[] value) {
    set(SET, path, name, value);
  }

  /** Sets one of what a descriptor holds, whatever its name is now; it must not be a link. */
  public static void set(FileDescriptor held, String name, byte[] value) {
    // Through /proc, since a descriptor that is a place only (O_PATH) takes no fsetxattr(2).
    set(SET_HELD, OpenDirectory.path(held), name, value);
  }

  private static void set(NativeFunction function, Path path, String name, byte[] value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, value);
      function.call(
          "set " + name + " of " + path,
          FileDescriptor.string(arena, path.toString()),
          FileDescriptor.string(arena, name),
          bytes.address(),
          value.length,
          0);
    }
  }

  /** Reads one; empty when the file has not that one, or its file system has none. */
  public static Optional<byte[]> get(Path path, String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(LIMIT);
      long length =
          GET.tryCall(
              FileDescriptor.string(arena, path.toString()),
              FileDescriptor.string(arena, name),
              buffer.address(),
              LIMIT);
      if (length == -Errno.ENODATA.number() || length == -Errno.EOPNOTSUPP.number()) {
        return Optional.empty();
      }
      if (length < 0) {
        throw new LinuxException("read " + name + " of " + path, Errno.of((int) -length));
      }
      return Optional.of(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
    }
  }

  /** The names of all; none when the file system has none. */
  public static List<String> list(Path path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(LIMIT);
      long length =
          LIST.tryCall(FileDescriptor.string(arena, path.toString()), buffer.address(), LIMIT);
      if (length == -Errno.EOPNOTSUPP.number()) {
        return List.of();
      }
      if (length < 0) {
        throw new LinuxException("list attributes of " + path, Errno.of((int) -length));
      }
      String names =
          new String(
              buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
      return names.isEmpty() ? List.of() : List.of(names.split("\0"));
    }
  }

  /** Removes one; does nothing when it is not there. */
  public static void remove(Path path, String name) {
    try (Arena arena = Arena.ofConfined()) {
      long result =
          REMOVE.tryCall(
              FileDescriptor.string(arena, path.toString()), FileDescriptor.string(arena, name));
      if (result < 0 && result != -Errno.ENODATA.number()) {
        throw new LinuxException("remove " + name + " of " + path, Errno.of((int) -result));
      }
    }
  }
}
