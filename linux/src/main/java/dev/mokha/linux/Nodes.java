package dev.mokha.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * What Java can't make or change of files: device nodes, FIFOs, modes with the set-id and sticky
 * bits, owners and times of symbolic links.
 */
public final class Nodes {
  /** A character device. */
  public static final int CHARACTER = 0x2000;

  /** A block device. */
  public static final int BLOCK = 0x6000;

  private static final int FIFO = 0x1000;
  private static final int AT_FDCWD = -100;
  private static final int SYMLINK_NOFOLLOW = 0x100;

  private static final NativeFunction MKNOD = NativeFunction.ofInt("mknod", 3);
  private static final NativeFunction LCHOWN = NativeFunction.ofInt("lchown", 3);
  private static final NativeFunction CHMOD = NativeFunction.ofInt("chmod", 2);
  private static final int EXCHANGE = 2;
  private static final NativeFunction RENAMEAT2 = NativeFunction.ofInt("renameat2", 5);
  private static final NativeFunction UTIMENSAT = NativeFunction.ofInt("utimensat", 4);

  private Nodes() {}

  /**
   * Makes a device node; an overlay's whiteout is the character device 0:0.
   *
   * @param type {@link #CHARACTER} or {@link #BLOCK}
   * @param mode permission bits; the umask does not apply
   */
  public static void device(Path path, int type, int major, int minor, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      long text = FileDescriptor.string(arena, path.toString());
      MKNOD.call("make device " + path, text, type | mode, number(major, minor));
      CHMOD.call("set mode of " + path, text, mode);
    }
  }

  /** Makes a FIFO; the umask does not apply. */
  public static void fifo(Path path, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      long text = FileDescriptor.string(arena, path.toString());
      MKNOD.call("make FIFO " + path, text, FIFO | mode, 0);
      CHMOD.call("set mode of " + path, text, mode);
    }
  }

  /** Sets owner and group, of a symbolic link itself; -1 leaves one as it is. */
  public static void owner(Path path, long uid, long gid) {
    try (Arena arena = Arena.ofConfined()) {
      LCHOWN.call("set owner of " + path, FileDescriptor.string(arena, path.toString()), uid, gid);
    }
  }

  /** Sets all twelve mode bits; follows symbolic links, which have no mode. */
  public static void mode(Path path, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      CHMOD.call("set mode of " + path, FileDescriptor.string(arena, path.toString()), mode);
    }
  }

  /** Sets the times of access and change, of a symbolic link itself. */
  public static void times(Path path, long seconds, int nanos) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment times = arena.allocate(32, 8);
      for (int offset = 0; offset < 32; offset += 16) {
        times.set(ValueLayout.JAVA_LONG, offset, seconds);
        times.set(ValueLayout.JAVA_LONG, offset + 8, nanos);
      }
      UTIMENSAT.call(
          "set times of " + path,
          AT_FDCWD,
          FileDescriptor.string(arena, path.toString()),
          times.address(),
          SYMLINK_NOFOLLOW);
    }
  }

  /** Lets two files or directories of one file system change places, in one step. */
  public static void exchange(Path one, Path other) {
    try (Arena arena = Arena.ofConfined()) {
      RENAMEAT2.call(
          "exchange " + one + " and " + other,
          AT_FDCWD,
          FileDescriptor.string(arena, one.toString()),
          AT_FDCWD,
          FileDescriptor.string(arena, other.toString()),
          EXCHANGE);
    }
  }

  /** A device's number as the C library's makedev(3) has it. */
  static long number(int major, int minor) {
    return ((long) (minor & 0xff))
        | ((long) (major & 0xfff) << 8)
        | ((long) (minor & ~0xff) << 12)
        | ((long) (major & ~0xfff) << 32);
  }
}
