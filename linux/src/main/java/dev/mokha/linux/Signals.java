package dev.mokha.linux;

import java.util.Locale;
import java.util.Map;

/** Signals to processes by number; where the process may have ended, use a {@link Pidfd}. */
public final class Signals {
  /** Asks to end. */
  public static final int TERM = 15;

  /** Ends. */
  public static final int KILL = 9;

  private static final NativeFunction KILL_CALL = NativeFunction.ofInt("kill", 2);

  private static final Map<String, Integer> NUMBERS =
      Map.ofEntries(
          Map.entry("HUP", 1),
          Map.entry("INT", 2),
          Map.entry("QUIT", 3),
          Map.entry("ILL", 4),
          Map.entry("TRAP", 5),
          Map.entry("ABRT", 6),
          Map.entry("BUS", 7),
          Map.entry("FPE", 8),
          Map.entry("KILL", 9),
          Map.entry("USR1", 10),
          Map.entry("SEGV", 11),
          Map.entry("USR2", 12),
          Map.entry("PIPE", 13),
          Map.entry("ALRM", 14),
          Map.entry("TERM", 15),
          Map.entry("STKFLT", 16),
          Map.entry("CHLD", 17),
          Map.entry("CONT", 18),
          Map.entry("STOP", 19),
          Map.entry("TSTP", 20),
          Map.entry("TTIN", 21),
          Map.entry("TTOU", 22),
          Map.entry("URG", 23),
          Map.entry("XCPU", 24),
          Map.entry("XFSZ", 25),
          Map.entry("VTALRM", 26),
          Map.entry("PROF", 27),
          Map.entry("WINCH", 28),
          Map.entry("IO", 29),
          Map.entry("POLL", 29),
          Map.entry("PWR", 30),
          Map.entry("SYS", 31));

  private Signals() {}

  /**
   * kill(2); a negative number is a process group.
   *
   * @return false when there is no such process
   */
  public static boolean send(long pid, int signal) {
    long result = KILL_CALL.tryCall(pid, signal);
    if (result < 0 && result != -Errno.ESRCH.number()) {
      throw new LinuxException(
          "send signal " + signal + " to process " + pid, Errno.of((int) -result));
    }
    return result == 0;
  }

  /**
   * A signal's number from {@code SIGTERM}, {@code term}, {@code 15}, {@code RTMIN+3} or {@code
   * SIGRTMAX-1}.
   *
   * @throws IllegalArgumentException when there is none of that name
   */
  public static int number(String name) {
    String upper = name.strip().toUpperCase(Locale.ROOT);
    String bare = upper.startsWith("SIG") ? upper.substring(3) : upper;
    Integer known = NUMBERS.get(bare);
    if (known != null) {
      return known;
    }
    try {
      int number;
      if (bare.startsWith("RTMIN")) {
        // 32 and 33 belong to the C library.
        number = 34 + (bare.length() == 5 ? 0 : Integer.parseInt(bare.substring(5)));
      } else if (bare.startsWith("RTMAX")) {
        number = 64 + (bare.length() == 5 ? 0 : Integer.parseInt(bare.substring(5)));
      } else {
        number = Integer.parseInt(bare);
      }
      if (number >= 1 && number <= 64) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Falls to the answer below.
    }
    throw new IllegalArgumentException("There is no signal " + name);
  }
}
