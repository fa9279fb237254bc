package dev.mokha.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * Mounts that show files under other ids than those on the disk (mount_setattr(2), section
 * ID-mapped mounts; Linux 5.12). What a user namespace has as id 0 is the disk's id 0 there, and
 * what its users write is stored under their ids inside.
 */
public final class IdMappedMounts {
  private static final NativeFunction OPEN_TREE = NativeFunction.ofInt("open_tree", 3);
  private static final NativeFunction SETATTR = NativeFunction.ofInt("mount_setattr", 5);
  private static final NativeFunction MOVE_MOUNT = NativeFunction.ofInt("move_mount", 5);

  private static final int AT_FDCWD = -100;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int AT_RECURSIVE = 0x8000;
  private static final int CLONE = 1;
  private static final int CLOEXEC = 0x80000;
  private static final long ATTR_IDMAP = 0x100000;
  private static final int MOVE_EMPTY_FROM = 4;

  private IdMappedMounts() {}

  /**
   * Shows a file or directory at another place, with its ids mapped.
   *
   * @param target a file for a file, a directory for a directory
   * @param recursive whether with what is mounted below it
   * @throws LinuxException EINVAL when a file system in it can't (overlay, procfs, NFS); EPERM when
   *     it is mapped already
   */
  public static void mount(Path source, Path target, boolean recursive, UserNamespace users) {
    String what = "mount " + source + " with mapped ids on " + target;
    int all = recursive ? AT_RECURSIVE : 0;
    try (Arena arena = Arena.ofConfined();
        FileDescriptor tree =
            new FileDescriptor(
                OPEN_TREE.call(
                    what,
                    AT_FDCWD,
                    FileDescriptor.string(arena, source.toString()),
                    CLONE | CLOEXEC | all))) {
      // struct mount_attr { u64 attr_set; u64 attr_clr; u64 propagation; u64 userns_fd; }
      MemorySegment attributes = arena.allocate(32, 8);
      attributes.set(ValueLayout.JAVA_LONG, 0, ATTR_IDMAP);
      attributes.set(ValueLayout.JAVA_LONG, 24, users.descriptor());
      long empty = FileDescriptor.string(arena, "");
      SETATTR.call(what, tree.number(), empty, AT_EMPTY_PATH | all, attributes.address(), 32);
      MOVE_MOUNT.call(
          what,
          tree.number(),
          empty,
          AT_FDCWD,
          FileDescriptor.string(arena, target.toString()),
          MOVE_EMPTY_FROM);
    }
  }
}
