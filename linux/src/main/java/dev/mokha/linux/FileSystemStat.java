package dev.mokha.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * statfs(2).
 *
 * @param type magic number of the kind (statfs(2) lists them)
 * @param blockSize bytes
 * @param blocks in all
 * @param freeBlocks for root
 * @param availableBlocks for others
 * @param files inodes in all
 * @param freeFiles inodes free
 * @param flags ST_* bits; bit 0 is read-only
 */
public record FileSystemStat(
    long type,
    long blockSize,
    long blocks,
    long freeBlocks,
    long availableBlocks,
    long files,
    long freeFiles,
    long flags) {
  /** The file system of namespaces. */
  public static final long NSFS = 0x6e736673;

  /** procfs. */
  public static final long PROC = 0x9fa0;

  /** sysfs. */
  public static final long SYSFS = 0x62656572;

  /** devpts. */
  public static final long DEVPTS = 0x1cd1;

  /** cgroup v1. */
  public static final long CGROUP = 0x27e0eb;

  /** cgroup v2. */
  public static final long CGROUP2 = 0x63677270;

  /** tmpfs. */
  public static final long TMPFS = 0x01021994;

  /** overlayfs. */
  public static final long OVERLAY = 0x794c7630;

  private static final NativeFunction STATFS = NativeFunction.ofInt("statfs", 2);

  /** Of the file system that a path is on. */
  public static FileSystemStat of(Path path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment s = arena.allocate(120, 8);
      STATFS.call("statfs " + path, FileDescriptor.string(arena, path.toString()), s.address());
      return new FileSystemStat(
          word(s, 0),
          word(s, 1),
          word(s, 2),
          word(s, 3),
          word(s, 4),
          word(s, 5),
          word(s, 6),
          word(s, 10));
    }
  }

  /** Whether nothing can be written. */
  public boolean readOnly() {
    return (flags & 1) != 0;
  }

  private static long word(MemorySegment segment, int index) {
    return segment.get(ValueLayout.JAVA_LONG, index * 8L);
  }
}
