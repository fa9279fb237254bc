package dev.mokha.linux;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.StringJoiner;

/**
 * Mounts overlay file systems, with as many lower directories as the kernel takes (500).
 *
 * <p>mount(2) takes one page of options, which some forty long paths fill. So the directories are
 * given one by one through fsconfig(2); kernels before 6.5, which can't add them so, get the page.
 */
public final class Overlay {
  private static final NativeFunction FSOPEN = NativeFunction.ofInt("fsopen", 2);
  private static final NativeFunction FSCONFIG = NativeFunction.ofInt("fsconfig", 5);
  private static final NativeFunction FSMOUNT = NativeFunction.ofInt("fsmount", 3);
  private static final NativeFunction MOVE_MOUNT = NativeFunction.ofInt("move_mount", 5);

  private static final int CLOEXEC = 1;
  private static final int SET_FLAG = 0;
  private static final int SET_STRING = 1;
  private static final int CREATE = 6;
  private static final int AT_FDCWD = -100;
  private static final int MOVE_EMPTY_FROM = 4;

  private Overlay() {}

  /**
   * Mounts an overlay.
   *
   * @param lower directories, the uppermost first; at least one
   * @param upper where changes go; null for a read-only overlay
   * @param work an empty directory on the same file system as {@code upper}; null without it
   * @param target where it is mounted
   * @param options more of them, such as {@code volatile} or {@code metacopy=off}
   */
  public static void mount(
      List<Path> lower, Path upper, Path work, Path target, List<String> options) {
    if (lower.isEmpty()) {
      throw new IllegalArgumentException("An overlay needs a lower directory");
    }
    if (!mountByParts(lower, upper, work, target, options)) {
      mountByPage(lower, upper, work, target, options);
    }
  }

  private static boolean mountByParts(
      List<Path> lower, Path upper, Path work, Path target, List<String> options) {
    String what = "mount overlay on " + target;
    try (Arena arena = Arena.ofConfined();
        FileDescriptor context =
            new FileDescriptor(
                FSOPEN.call(what, FileDescriptor.string(arena, "overlay"), CLOEXEC))) {
      set(arena, context, "source", "overlay", what);
      for (Path directory : lower) {
        long result =
            FSCONFIG.tryCall(
                context.number(),
                SET_STRING,
                FileDescriptor.string(arena, "lowerdir+"),
                FileDescriptor.string(arena, directory.toString()),
                0);
        if (result == -Errno.EINVAL.number()) {
          return false;
        }
        if (result < 0) {
          throw new LinuxException(what + ", lower " + directory, Errno.of((int) -result));
        }
      }
      if (upper != null) {
        set(arena, context, "upperdir", upper.toString(), what + ", upper " + upper);
        set(arena, context, "workdir", work.toString(), what + ", work " + work);
      }
      for (String option : options) {
        int equals = option.indexOf('=');
        if (equals < 0) {
          FSCONFIG.call(
              what + ", option " + option,
              context.number(),
              SET_FLAG,
              FileDescriptor.string(arena, option),
              0,
              0);
        } else {
          set(
              arena,
              context,
              option.substring(0, equals),
              option.substring(equals + 1),
              what + ", option " + option);
        }
      }
      FSCONFIG.call(what, context.number(), CREATE, 0, 0, 0);
      try (FileDescriptor mount =
          new FileDescriptor(FSMOUNT.call(what, context.number(), CLOEXEC, 0))) {
        MOVE_MOUNT.call(
            what,
            mount.number(),
            FileDescriptor.string(arena, ""),
            AT_FDCWD,
            FileDescriptor.string(arena, target.toString()),
            MOVE_EMPTY_FROM);
      }
      return true;
    }
  }

  private static void set(
      Arena arena, FileDescriptor context, String key, String value, String what) {
    FSCONFIG.call(
        what,
        context.number(),
        SET_STRING,
        FileDescriptor.string(arena, key),
        FileDescriptor.string(arena, value),
        0);
  }

  private static void mountByPage(
      List<Path> lower, Path upper, Path work, Path target, List<String> options) {
    StringJoiner layers = new StringJoiner(":");
    lower.forEach(directory -> layers.add(escape(directory)));
    StringJoiner data = new StringJoiner(",");
    data.add("lowerdir=" + layers);
    if (upper != null) {
      data.add("upperdir=" + escape(upper)).add("workdir=" + escape(work));
    }
    options.forEach(data::add);
    Mounts.mount("overlay", target, "overlay", EnumSet.noneOf(MountFlag.class), data.toString());
  }

  private static String escape(Path path) {
    return path.toString().replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,");
  }
}
