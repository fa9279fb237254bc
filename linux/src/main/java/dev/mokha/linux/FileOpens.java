package dev.mokha.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/**
 * Notes which files of a file system are opened or executed, by whomever and in whichever mount
 * namespace (fanotify(7), kernel 4.20). Directories are not noted.
 */
public final class FileOpens implements AutoCloseable {
  private static final NativeFunction INIT = NativeFunction.ofInt("fanotify_init", 2);
  private static final NativeFunction MARK = NativeFunction.ofInt("fanotify_mark", 5);
  private static final NativeFunction READ = NativeFunction.ofLong("read", 3);

  private static final int CLOEXEC = 1;
  private static final int NONBLOCK = 2;
  private static final int UNLIMITED_QUEUE = 0x10;
  private static final int EVENT_FLAGS = 0x80000; // O_RDONLY | O_CLOEXEC
  private static final int MARK_ADD = 1;
  private static final int MARK_FILE_SYSTEM = 0x100;
  private static final long OPENED = 0x20;
  private static final long EXECUTED = 0x1000;
  private static final int AT_FDCWD = -100;
  private static final int BUFFER = 1 << 16;
  private static final String DELETED = " (deleted)";

  private final FileDescriptor events;
  private final Path root;
  private final Set<String> paths = new TreeSet<>();

  private FileOpens(FileDescriptor events, Path root) {
    this.events = events;
    this.root = root;
  }

  /** Begins to note; what happens before is not known. */
  public static FileOpens of(Path root) {
    FileDescriptor events =
        new FileDescriptor(
            INIT.call("watch files", CLOEXEC | NONBLOCK | UNLIMITED_QUEUE, EVENT_FLAGS));
    try (Arena arena = Arena.ofConfined()) {
      MARK.call(
          "watch " + root,
          events.number(),
          MARK_ADD | MARK_FILE_SYSTEM,
          OPENED | EXECUTED,
          AT_FDCWD,
          FileDescriptor.string(arena, root.toString()));
      return new FileOpens(events, root);
    } catch (RuntimeException e) {
      events.close();
      throw e;
    }
  }

  /** Paths from the file system's root of all files noted so far, links resolved. */
  public synchronized Set<String> paths() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(BUFFER, 8);
      while (true) {
        long length = READ.tryCall(events.number(), buffer.address(), BUFFER);
        if (length == -Errno.EAGAIN.number()) {
          return Set.copyOf(paths);
        }
        if (length < 0) {
          if (length == -Errno.EINTR.number() || length == -Errno.ENOENT.number()) {
            continue; // an opened file is gone already
          }
          throw new LinuxException("read opened files", Errno.of((int) -length));
        }
        read(buffer, length);
      }
    }
  }

  /** struct fanotify_event_metadata { u32 len; u8 vers, reserved; u16; u64 mask; s32 fd, pid; }. */
  private void read(MemorySegment buffer, long length) {
    for (long at = 0; at + 24 <= length; ) {
      int size = buffer.get(ValueLayout.JAVA_INT, at);
      int fd = buffer.get(ValueLayout.JAVA_INT, at + 16);
      if (fd >= 0) {
        try (FileDescriptor opened = new FileDescriptor(fd)) {
          add(Files.readSymbolicLink(Path.of("/proc/self/fd/" + opened.number())).toString());
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      at += Math.max(size, 24);
    }
  }

  private void add(String seen) {
    // From a mount namespace of its own a file is seen from that mount's root already.
    String path = seen.startsWith(root + "/") ? seen.substring(root.toString().length()) : seen;
    paths.add(path.endsWith(DELETED) ? path.substring(0, path.length() - DELETED.length()) : path);
  }

  @Override
  public void close() {
    events.close();
  }
}
