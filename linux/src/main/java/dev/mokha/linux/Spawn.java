package dev.mokha.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;

/**
 * Starts a program with exactly the files it is given (posix_spawn(3)), in one step, where Java's
 * {@link ProcessBuilder} starts a helper first and passes no descriptors above 2. For programs that
 * leave this process, as daemons do: nobody but {@link #reap} waits for them.
 *
 * <p>Paths are opened by the new process, in the order they are given; a FIFO must have its other
 * end open already.
 */
public final class Spawn {
  /** Only for reading. */
  public static final int READ = 0;

  /** Only for writing. */
  public static final int WRITE = 1;

  /** For writing at the end of a file that is made when it is missing. */
  public static final int APPEND = 1 | 0x40 | 0x400;

  private static final int MODE = 0600;
  private static final int SIGNALS = 128;
  private static final short SETSIGDEF = 4;
  private static final short SETSIGMASK = 8;

  /** More than glibc's posix_spawn_file_actions_t and posix_spawnattr_t have on any machine. */
  private static final int STRUCT_BYTES = 512;

  private static final NativeFunction SPAWN = NativeFunction.ofInt("posix_spawn", 6);
  private static final NativeFunction WAIT = NativeFunction.ofInt("waitpid", 3);
  private static final NativeFunction EMPTY = NativeFunction.ofInt("sigemptyset", 1);
  private static final NativeFunction FILL = NativeFunction.ofInt("sigfillset", 1);
  private static final NativeFunction ATTRIBUTES = NativeFunction.ofInt("posix_spawnattr_init", 1);
  private static final NativeFunction FLAGS = NativeFunction.ofInt("posix_spawnattr_setflags", 2);
  private static final NativeFunction MASK = NativeFunction.ofInt("posix_spawnattr_setsigmask", 2);
  private static final NativeFunction DEFAULTS =
      NativeFunction.ofInt("posix_spawnattr_setsigdefault", 2);
  private static final NativeFunction FREE_ATTRIBUTES =
      NativeFunction.ofInt("posix_spawnattr_destroy", 1);
  private static final NativeFunction ACTIONS =
      NativeFunction.ofInt("posix_spawn_file_actions_init", 1);
  private static final NativeFunction OPEN =
      NativeFunction.ofInt("posix_spawn_file_actions_addopen", 5);
  private static final NativeFunction CHANGE_DIRECTORY =
      NativeFunction.ofInt("posix_spawn_file_actions_addchdir_np", 2);
  private static final NativeFunction CLOSE_FROM =
      NativeFunction.ofInt("posix_spawn_file_actions_addclosefrom_np", 2);
  private static final NativeFunction FREE_ACTIONS =
      NativeFunction.ofInt("posix_spawn_file_actions_destroy", 1);

  private Spawn() {}

  /** A file the program begins with; its place in the list is the descriptor's number. */
  public record Given(Path path, int flags) {}

  /**
   * Starts a program.
   *
   * @param words its path and arguments
   * @param env {@code KEY=value}, all of it
   * @param directory where it begins
   * @param files what it has open, from descriptor 0 on; nothing else is
   * @return its process id; {@link #reap} it
   * @throws LinuxException when it can't be run, or one of the files can't be opened
   */
  public static int start(List<String> words, List<String> env, Path directory, List<Given> files) {
    String what = "start " + words.getFirst();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment actions = arena.allocate(STRUCT_BYTES, 16);
      MemorySegment attributes = arena.allocate(STRUCT_BYTES, 16);
      check(what, ACTIONS.plainCall(actions.address()));
      check(what, ATTRIBUTES.plainCall(attributes.address()));
      try {
        for (int i = 0; i < files.size(); i++) {
          Given file = files.get(i);
          long path = FileDescriptor.string(arena, file.path().toString());
          check(what, OPEN.plainCall(actions.address(), i, path, file.flags(), MODE));
        }
        check(what, CLOSE_FROM.plainCall(actions.address(), files.size()));
        check(
            what,
            CHANGE_DIRECTORY.plainCall(
                actions.address(), FileDescriptor.string(arena, directory.toString())));
        signals(what, arena, attributes);
        MemorySegment pid = arena.allocate(ValueLayout.JAVA_INT);
        check(
            what,
            SPAWN.plainCall(
                pid.address(),
                FileDescriptor.string(arena, words.getFirst()),
                actions.address(),
                attributes.address(),
                strings(arena, words).address(),
                strings(arena, env).address()));
        return pid.get(ValueLayout.JAVA_INT, 0);
      } finally {
        FREE_ACTIONS.plainCall(actions.address());
        FREE_ATTRIBUTES.plainCall(attributes.address());
      }
    }
  }

  /** The JVM blocks some signals and ignores others, which a program would inherit. */
  private static void signals(String what, Arena arena, MemorySegment attributes) {
    MemorySegment set = arena.allocate(SIGNALS, 8);
    EMPTY.plainCall(set.address());
    check(what, MASK.plainCall(attributes.address(), set.address()));
    FILL.plainCall(set.address());
    check(what, DEFAULTS.plainCall(attributes.address(), set.address()));
    check(what, FLAGS.plainCall(attributes.address(), SETSIGDEF | SETSIGMASK));
  }

  private static MemorySegment strings(Arena arena, List<String> texts) {
    MemorySegment array = arena.allocate(ValueLayout.JAVA_LONG, texts.size() + 1L);
    for (int i = 0; i < texts.size(); i++) {
      array.setAtIndex(ValueLayout.JAVA_LONG, i, FileDescriptor.string(arena, texts.get(i)));
    }
    return array;
  }

  private static void check(String what, long error) {
    if (error != 0) {
      throw new LinuxException(what, Errno.of((int) error));
    }
  }

  /** Waits until a program that was started here has ended: blocks, so it should be about to. */
  public static void reap(int pid) {
    long ended;
    do {
      ended = WAIT.tryCall(pid, 0, 0);
    } while (ended == -Errno.EINTR.number());
  }
}
