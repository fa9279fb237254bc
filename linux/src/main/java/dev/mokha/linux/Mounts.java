package dev.mokha.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Mounts of this process's mount namespace: mount(2), umount2(2), mount_setattr(2), and the list in
 * /proc/self/mountinfo.
 */
public final class Mounts {
  private static final NativeFunction MOUNT = NativeFunction.ofInt("mount", 5);
  private static final NativeFunction UMOUNT = NativeFunction.ofInt("umount2", 2);
  private static final NativeFunction SETATTR = NativeFunction.ofInt("mount_setattr", 5);

  private static final int MNT_DETACH = 2;
  private static final int UMOUNT_NOFOLLOW = 8;
  private static final int AT_FDCWD = -100;
  private static final int AT_RECURSIVE = 0x8000;
  private static final long ATTR_READ_ONLY = 1;

  private Mounts() {}

  /**
   * mount(2).
   *
   * @param source null for file systems without one
   * @param type null for bind mounts, remounts and changes of propagation
   * @param data the file system's own options; null for none
   */
  public static void mount(
      String source, Path target, String type, Set<MountFlag> flags, String data) {
    try (Arena arena = Arena.ofConfined()) {
      MOUNT.call(
          "mount "
              + (type == null ? "" : type + " ")
              + (source == null ? "" : source + " ")
              + "on "
              + target,
          FileDescriptor.string(arena, source),
          FileDescriptor.string(arena, target.toString()),
          FileDescriptor.string(arena, type),
          MountFlag.bits(flags),
          FileDescriptor.string(arena, data));
    }
  }

  /** A tmpfs; options such as {@code size=64m,mode=755}. */
  public static void tmpfs(Path target, Set<MountFlag> flags, String options) {
    mount("tmpfs", target, "tmpfs", flags, options);
  }

  /** Shows a file or directory, and what is mounted below it, at another place. */
  public static void bind(Path source, Path target) {
    mount(source.toString(), target, null, EnumSet.of(MountFlag.BIND, MountFlag.RECURSIVE), null);
  }

  /** The same, without what is mounted below it. */
  public static void bindOne(Path source, Path target) {
    mount(source.toString(), target, null, EnumSet.of(MountFlag.BIND), null);
  }

  /** The same, not writable; what is mounted below it neither. */
  public static void bindReadOnly(Path source, Path target) {
    bind(source, target);
    try {
      setReadOnly(target, true);
    } catch (LinuxException e) {
      unmount(target);
      throw e;
    }
  }

  /** Changes the options of a bind mount; flags that it has and that are not named are dropped. */
  public static void remountBind(Path target, Set<MountFlag> flags) {
    EnumSet<MountFlag> all = EnumSet.of(MountFlag.BIND, MountFlag.REMOUNT);
    all.addAll(flags);
    mount(null, target, null, all, null);
  }

  /** Makes a mount, and all below it when recursive, read-only; other options stay. */
  public static void setReadOnly(Path target, boolean recursive) {
    try (Arena arena = Arena.ofConfined()) {
      // struct mount_attr { u64 attr_set; u64 attr_clr; u64 propagation; u64 userns_fd; }
      MemorySegment attributes = arena.allocate(32, 8);
      attributes.set(ValueLayout.JAVA_LONG, 0, ATTR_READ_ONLY);
      SETATTR.call(
          "make " + target + " read-only",
          AT_FDCWD,
          FileDescriptor.string(arena, target.toString()),
          recursive ? AT_RECURSIVE : 0,
          attributes.address(),
          32);
    }
  }

  /**
   * Sets whether mounts propagate.
   *
   * @param propagation {@code PRIVATE}, {@code SLAVE}, {@code SHARED} or {@code UNBINDABLE}
   */
  public static void setPropagation(Path target, MountFlag propagation, boolean recursive) {
    EnumSet<MountFlag> flags = EnumSet.of(propagation);
    if (recursive) {
      flags.add(MountFlag.RECURSIVE);
    }
    mount(null, target, null, flags, null);
  }

  /**
   * Takes a mount away at once from sight, and for good when its last user is gone.
   *
   * @return false when nothing was mounted there
   */
  public static boolean unmount(Path target) {
    return unmount(target, MNT_DETACH | UMOUNT_NOFOLLOW);
  }

  /**
   * Takes a mount away, now or not at all.
   *
   * @return false when nothing was mounted there
   * @throws LinuxException EBUSY when it is in use
   */
  public static boolean unmountNow(Path target) {
    return unmount(target, UMOUNT_NOFOLLOW);
  }

  private static boolean unmount(Path target, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      long result = UMOUNT.tryCall(FileDescriptor.string(arena, target.toString()), flags);
      if (result == 0) {
        return true;
      }
      Errno errno = Errno.of((int) -result);
      if (errno == Errno.EINVAL || errno == Errno.ENOENT) {
        return false;
      }
      throw new LinuxException("unmount " + target, errno);
    }
  }

  /** Takes away everything that is mounted at a place and below, the last mounted first. */
  public static void unmountTree(Path root) {
    unmountAll(target -> target.startsWith(root));
  }

  /** The same of what is below a place: what is mounted there itself is somebody else's. */
  public static void unmountBelow(Path root) {
    unmountAll(target -> target.startsWith(root) && !target.equals(root));
  }

  private static void unmountAll(Predicate<Path> which) {
    List<MountEntry> entries = list();
    for (int i = entries.size() - 1; i >= 0; i--) {
      Path target = entries.get(i).target();
      if (which.test(target)) {
        unmount(target);
      }
    }
  }

  /** All mounts, in the order they were made; the path of one is that seen from the root. */
  public static List<MountEntry> list() {
    try {
      return read(Path.of("/proc/thread-self/mountinfo"));
    } catch (IOException e) {
      throw new UncheckedIOException("Can't read the list of mounts; is /proc mounted?", e);
    }
  }

  /** The mounts that a process sees; none when it is gone. */
  public static List<MountEntry> of(long pid) {
    try {
      return read(Path.of("/proc", Long.toString(pid), "mountinfo"));
    } catch (IOException gone) {
      return List.of();
    }
  }

  private static List<MountEntry> read(Path file) throws IOException {
    List<MountEntry> entries = new ArrayList<>();
    for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
      entries.add(MountEntry.parse(line));
    }
    return entries;
  }

  /** The mount that is seen at exactly that place, if any. Reads the whole list. */
  public static Optional<MountEntry> find(Path target) {
    Path absolute = target.toAbsolutePath().normalize();
    MountEntry found = null;
    for (MountEntry entry : list()) {
      if (entry.target().equals(absolute)) {
        found = entry;
      }
    }
    return Optional.ofNullable(found);
  }
}
