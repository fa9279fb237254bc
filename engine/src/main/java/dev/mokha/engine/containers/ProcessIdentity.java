package dev.mokha.engine.containers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tells a process from a later one of the same number, by when it began (proc(5), stat). */
final class ProcessIdentity {
  /** Field 22, counted from the one after the name, which is field 3. */
  private static final int STARTTIME = 19;

  private static final int STATE = 0;

  private ProcessIdentity() {}

  /** When a process began, in ticks since the boot; 0 when there is none, or only its zombie. */
  static long startTicks(long pid) {
    if (pid <= 0) {
      return 0;
    }
    try {
      String stat =
          new String(
              Files.readAllBytes(Path.of("/proc", Long.toString(pid), "stat")),
              StandardCharsets.ISO_8859_1);
      // The name may hold anything, brackets and blanks too; the last bracket ends it.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      String state = fields[STATE];
      return state.equals("Z") || state.equals("X") ? 0 : Long.parseLong(fields[STARTTIME]);
    } catch (IOException gone) {
      return 0;
    }
  }

  /** Whether the very process that began then still runs. */
  static boolean isAlive(long pid, long started) {
    return started != 0 && startTicks(pid) == started;
  }
}
