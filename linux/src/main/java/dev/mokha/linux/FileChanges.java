package dev.mokha.linux;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Tells when files are modified (inotify(7)), those of cgroup v2 among them, whose kernel says so
 * when a count in them changes. One descriptor serves all: users have few instances.
 */
public final class FileChanges implements AutoCloseable {
  private static final NativeFunction CREATE = NativeFunction.ofInt("inotify_init1", 1);
  private static final NativeFunction ADD = NativeFunction.ofInt("inotify_add_watch", 3);
  private static final NativeFunction REMOVE = NativeFunction.ofInt("inotify_rm_watch", 2);
  private static final NativeFunction READ = NativeFunction.ofLong("read", 3);

  private static final int CLOEXEC = 0x80000;
  private static final int NONBLOCK = 0x800;
  private static final int MODIFY = 2;

  /** The kernel has removed the watch, for the file is gone. */
  private static final int IGNORED = 0x8000;

  /** struct inotify_event { int wd; u32 mask; u32 cookie; u32 len; char name[]; }. */
  private static final int HEAD = 16;

  private static final int BUFFER = 16 << 10;

  private final FileDescriptor file =
      new FileDescriptor(CREATE.call("inotify", CLOEXEC | NONBLOCK));
  private final Map<Integer, Runnable> handlers = new HashMap<>();
  private final ReadyDescriptors.Watch watch;

  /** A file that is watched. */
  public interface Watched extends AutoCloseable {
    @Override
    void close();
  }

  /** Begins with nothing; handlers run on the thread of {@code ready}. */
  public FileChanges(ReadyDescriptors ready) {
    watch = ready.watch(file.number(), this::read);
  }

  /**
   * Watches a file until that is closed; one that is removed tells nothing more. A file can be
   * watched once.
   *
   * @param changed is called after one or more changes; must be short
   */
  public Watched watch(Path path, Runnable changed) {
    requireNonNull(changed, "changed");
    try (Arena arena = Arena.ofConfined()) {
      // The event may come before the handler is known, but not before this lock is free.
      synchronized (this) {
        int id =
            Math.toIntExact(
                ADD.call(
                    "watch " + path,
                    file.number(),
                    FileDescriptor.string(arena, path.toString()),
                    MODIFY));
        handlers.put(id, changed);
        return () -> remove(id, changed);
      }
    }
  }

  private synchronized void remove(int id, Runnable changed) {
    // Numbers are not given again while the descriptor is open; gone ones were removed below.
    if (handlers.remove(id, changed)) {
      REMOVE.tryCall(file.number(), id);
    }
  }

  private void read() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(BUFFER, 8);
      long size = READ.tryCall(file.number(), buffer.address(), BUFFER);
      for (long at = 0; at + HEAD <= size; ) {
        int id = buffer.get(ValueLayout.JAVA_INT, at);
        int mask = buffer.get(ValueLayout.JAVA_INT, at + 4);
        Runnable handler;
        synchronized (this) {
          handler = (mask & IGNORED) != 0 ? handlers.remove(id) : handlers.get(id);
        }
        if (handler != null && (mask & IGNORED) == 0) {
          handler.run();
        }
        at += HEAD + buffer.get(ValueLayout.JAVA_INT, at + 12);
      }
    }
  }

  @Override
  public void close() {
    watch.close();
    file.close();
  }
}
