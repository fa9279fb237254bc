package dev.mokha.engine.runtime;

import dev.mokha.linux.LinuxException;
import dev.mokha.linux.Signals;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Stream;

/** A process and all that it began, directly or not. */
public final class ProcessTree {
  private static final int SIGSTOP = 19;

  private ProcessTree() {}

  /**
   * Kills them all. They are stopped first, parents before children, until no new one appears:
   * whoever is killed beside a parent that still runs would leave it time to begin another.
   *
   * @param pid the root; nothing happens when there is no such process
   */
  public static void kill(long pid) {
    Set<Long> found = new LinkedHashSet<>();
    boolean grown = true;
    while (grown) {
      grown = false;
      for (long each : tree(pid)) {
        if (found.add(each)) {
          send(each, SIGSTOP);
          grown = true;
        }
      }
    }
    found.forEach(each -> send(each, Signals.KILL));
  }

  private static long[] tree(long pid) {
    return ProcessHandle.of(pid).stream()
        .flatMap(root -> Stream.concat(Stream.of(root), root.descendants()))
        .mapToLong(ProcessHandle::pid)
        .toArray();
  }

  private static void send(long pid, int signal) {
    try {
      Signals.send(pid, signal);
    } catch (LinuxException ended) {
      // That is what is wanted.
    }
  }
}
