package dev.mokha.engine.build.run;

import java.util.Set;

/** Names of Linux's signals (signal(7)), without SIG. */
final class SignalNames {
  private static final Set<String> NAMES =
      Set.of(
          "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT",
          "KILL", "PIPE", "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM",
          "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ");

  private SignalNames() {}

  /** Whether it is one; real-time signals are counted from RTMIN and back from RTMAX. */
  static boolean isName(String name) {
    return NAMES.contains(name)
        || name.matches("RTMIN(\\+([1-9]|1[0-5]))?|RTMAX(-([1-9]|1[0-4]))?");
  }
}
