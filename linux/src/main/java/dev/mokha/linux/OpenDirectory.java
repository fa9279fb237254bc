package dev.mokha.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A directory held open, in a tree that somebody else may change at any moment. Names are looked up
 * from it, so that no link, and no directory moved meanwhile, leads out of the tree:
 *
 * <pre>{@code
 * try (OpenDirectory root = OpenDirectory.of(Path.of("/proc/4711/root"));
 *     OpenDirectory etc = root.enter("etc");                 // not if it is a link
 *     FileDescriptor passwd = root.find("/etc/passwd").orElseThrow()) { // links as the tree means them
 *   Files.readString(OpenDirectory.path(passwd));
 * }
 * }</pre>
 */
public final class OpenDirectory implements AutoCloseable {
  private static final int SYS_OPENAT2 = 437;
  private static final int WRITE_ONLY = 1;
  private static final int CREATE = 0x40;
  private static final int EXCLUSIVE = 0x80;
  private static final int NONBLOCK = 0x800;
  private static final int CLOEXEC = 0x80000;
  private static final int RESOLVE_IN_ROOT = 0x10;
  private static final int RESOLVE_NO_MAGICLINKS = 0x02;
  private static final int REMOVE_DIRECTORY = 0x200;
  private static final int TRIES = 32;

  // The two differ between x86-64 and AArch64.
  private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");
  private static final int DIRECTORY = ARM ? 0x4000 : 0x10000;
  private static final int NOFOLLOW = ARM ? 0x8000 : 0x20000;

  private static final NativeFunction SYSCALL = NativeFunction.ofLong("syscall", 5);
  private static final NativeFunction OPENAT = NativeFunction.ofInt("openat", 4);
  private static final NativeFunction MKDIRAT = NativeFunction.ofInt("mkdirat", 3);
  private static final NativeFunction MKNODAT = NativeFunction.ofInt("mknodat", 4);
  private static final NativeFunction SYMLINKAT = NativeFunction.ofInt("symlinkat", 3);
  private static final NativeFunction LINKAT = NativeFunction.ofInt("linkat", 5);
  private static final NativeFunction UNLINKAT = NativeFunction.ofInt("unlinkat", 3);
  private static final NativeFunction FCHOWNAT = NativeFunction.ofInt("fchownat", 5);
  private static final int SYMLINK_NOFOLLOW = 0x100;

  private final FileDescriptor descriptor;

  private OpenDirectory(FileDescriptor descriptor) {
    this.descriptor = descriptor;
  }

  /** A directory of the host's, whose path is trusted. */
  public static OpenDirectory of(Path path) {
    return new OpenDirectory(FileDescriptor.open(path, FileDescriptor.PATH | DIRECTORY));
  }

  /** A directory that was found. */
  public static OpenDirectory of(FileDescriptor found) {
    return new OpenDirectory(found);
  }

  /** By which Java's classes reach what a descriptor holds, whatever its name is now. */
  public static Path path(FileDescriptor descriptor) {
    return Path.of("/proc/self/fd", Integer.toString(descriptor.number()));
  }

  /** The same of this directory. */
  public Path path() {
    return path(descriptor);
  }

  /** An entry, for calls that do not follow a link in the last place. */
  public Path entry(String name) {
    return path().resolve(requireName(name));
  }

  private static String requireName(String name) {
    if (name.isEmpty() || name.indexOf('/') >= 0 || name.equals(".") || name.equals("..")) {
      throw new IllegalArgumentException("Not the name of an entry: " + name);
    }
    return name;
  }

  /**
   * What a path means in the tree that begins here: this directory is its root, for absolute links
   * and for {@code ..} too (openat2(2), RESOLVE_IN_ROOT).
   */
  public Optional<FileDescriptor> find(String path) {
    return find(path, true);
  }

  /** The same; a link in the last place is found itself when it is not followed. */
  public Optional<FileDescriptor> find(String path, boolean follow) {
    try (Arena arena = Arena.ofConfined()) {
      // struct open_how { u64 flags; u64 mode; u64 resolve; }
      MemorySegment how = arena.allocate(24, 8);
      how.set(ValueLayout.JAVA_LONG, 0, FileDescriptor.PATH | CLOEXEC | (follow ? 0 : NOFOLLOW));
      how.set(ValueLayout.JAVA_LONG, 16, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
      long text = FileDescriptor.string(arena, path.isEmpty() ? "." : path);
      for (int i = 0; ; i++) {
        long result = SYSCALL.tryCall(SYS_OPENAT2, descriptor.number(), text, how.address(), 24);
        if (result >= 0) {
          return Optional.of(new FileDescriptor(result));
        }
        Errno errno = Errno.of((int) -result);
        if (errno == Errno.ENOENT || errno == Errno.ENOTDIR) {
          return Optional.empty();
        }
        // The kernel could not be sure while something else was renamed or mounted.
        if (errno != Errno.EAGAIN || i == TRIES) {
          throw new LinuxException("find " + path, errno);
        }
      }
    }
  }

  private FileDescriptor open(String name, int flags, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      return new FileDescriptor(
          OPENAT.call(
              "open " + name,
              descriptor.number(),
              FileDescriptor.string(arena, requireName(name)),
              flags | NOFOLLOW | CLOEXEC,
              mode));
    }
  }

  /** A directory in this one; fails when it is a link. */
  public OpenDirectory enter(String name) {
    return new OpenDirectory(open(name, FileDescriptor.PATH | DIRECTORY, 0));
  }

  /** Whatever is there of that name, a link too, as a place only. */
  public FileDescriptor hold(String name) {
    return open(name, FileDescriptor.PATH, 0);
  }

  /** A file in this directory for reading; fails when it is a link. */
  public FileDescriptor openFile(String name) {
    return open(name, FileDescriptor.READ_ONLY | NONBLOCK, 0);
  }

  /** A new file in this directory for writing; fails when anything is there. */
  public FileDescriptor createFile(String name, int mode) {
    return open(name, WRITE_ONLY | CREATE | EXCLUSIVE, mode);
  }

  /** A new directory in this one. */
  public void makeDirectory(String name, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      MKDIRAT.call(
          "make directory " + name,
          descriptor.number(),
          FileDescriptor.string(arena, requireName(name)),
          mode);
    }
  }

  /**
   * A new FIFO or device.
   *
   * @param mode kind and permissions as mknod(2) takes them
   */
  public void makeNode(String name, int mode, int major, int minor) {
    try (Arena arena = Arena.ofConfined()) {
      MKNODAT.call(
          "make node " + name,
          descriptor.number(),
          FileDescriptor.string(arena, requireName(name)),
          mode,
          Nodes.number(major, minor));
    }
  }

  /** A new symbolic link. */
  public void makeLink(String name, String target) {
    try (Arena arena = Arena.ofConfined()) {
      SYMLINKAT.call(
          "make link " + name,
          FileDescriptor.string(arena, target),
          descriptor.number(),
          FileDescriptor.string(arena, requireName(name)));
    }
  }

  /** One more name of a file in a directory; a link is linked itself. */
  public void makeHardLink(String name, OpenDirectory from, String existing) {
    try (Arena arena = Arena.ofConfined()) {
      LINKAT.call(
          "link " + name,
          from.descriptor.number(),
          FileDescriptor.string(arena, requireName(existing)),
          descriptor.number(),
          FileDescriptor.string(arena, requireName(name)),
          0);
    }
  }

  /** Owner and group of an entry, of a link itself. */
  public void owner(String name, long uid, long gid) {
    try (Arena arena = Arena.ofConfined()) {
      FCHOWNAT.call(
          "set owner of " + name,
          descriptor.number(),
          FileDescriptor.string(arena, requireName(name)),
          uid,
          gid,
          SYMLINK_NOFOLLOW);
    }
  }

  /** Removes an entry; a directory only when it is empty. */
  public void remove(String name, boolean directory) {
    try (Arena arena = Arena.ofConfined()) {
      UNLINKAT.call(
          "remove " + name,
          descriptor.number(),
          FileDescriptor.string(arena, requireName(name)),
          directory ? REMOVE_DIRECTORY : 0);
    }
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
