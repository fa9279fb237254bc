package dev.mokha.bench;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What processes of this machine use, from proc(5). */
final class Processes {
  /** Milliseconds of one tick of {@code /proc/PID/stat}: USER_HZ is 100 wherever Java runs. */
  private static final long TICK_MILLIS = 10;

  /** The kernel keeps so much of a process' name. */
  private static final int NAME_LENGTH = 15;

  /**
   * What processes have used, and use, together.
   *
   * @param cpuMillis CPU time since they began, user and system, in milliseconds
   * @param rssKib resident memory in KiB; pages that several share count for each
   * @param pssKib proportional share in KiB: a page that n share counts 1/n
   */
  record Use(long cpuMillis, long rssKib, long pssKib) {
    Use plus(Use other) {
      return new Use(cpuMillis + other.cpuMillis, rssKib + other.rssKib, pssKib + other.pssKib);
    }
  }

  private final Path proc;

  /**
   * Reads a proc file system.
   *
   * @param proc where it is mounted
   */
  Processes(Path proc) {
    this.proc = requireNonNull(proc, "proc");
  }

  /** This machine's. */
  static Processes ofThisMachine() {
    return new Processes(Path.of("/proc"));
  }

  /** What all of them use together. */
  Use use(List<Long> pids) {
    Use sum = new Use(0, 0, 0);
    for (long pid : pids) {
      sum = sum.plus(use(pid));
    }
    return sum;
  }

  /** CPU time of all of them together, in milliseconds: much cheaper to ask for than memory. */
  long cpuMillis(List<Long> pids) {
    return pids.stream().mapToLong(this::cpuMillis).sum();
  }

  private Use use(long pid) {
    String memory = read(pid, "smaps_rollup");
    return new Use(cpuMillis(pid), kib(memory, "Rss:"), kib(memory, "Pss:"));
  }

  private long cpuMillis(long pid) {
    String stat = read(pid, "stat");
    // The name, in parentheses, may itself hold spaces and parentheses; utime and stime are the
    // 14th and 15th field, the 12th and 13th after it.
    String[] after = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(after[11]) + Long.parseLong(after[12])) * TICK_MILLIS;
  }

  private static long kib(String memory, String key) {
    return memory
        .lines()
        .filter(line -> line.startsWith(key))
        .map(line -> line.substring(key.length()).strip().split(" ")[0])
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElse(0);
  }

  /**
   * The processes of one name.
   *
   * @param count how many there are
   * @param pssKib their proportional shares together, in KiB
   */
  record Group(int count, long pssKib) {}

  /** The processes of that name, as {@code ps -o comm} shows it. */
  Group named(String name) {
    int count = 0;
    long pss = 0;
    for (long pid : pidsOf(name)) {
      try {
        pss += use(pid).pssKib();
        count++;
      } catch (BenchException e) {
        if (Files.exists(proc.resolve(Long.toString(pid)).resolve("exe"))) {
          throw e;
        }
        // It ended meanwhile.
      }
    }
    return new Group(count, pss);
  }

  private List<Long> pidsOf(String name) {
    String kept = name.length() > NAME_LENGTH ? name.substring(0, NAME_LENGTH) : name;
    List<Long> pids = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path entry : entries) {
        if (comm(entry).equals(kept)) {
          pids.add(Long.parseLong(entry.getFileName().toString()));
        }
      }
    } catch (IOException e) {
      throw new BenchException("the processes of this machine can't be listed: " + e, e);
    }
    pids.sort(null);
    return pids;
  }

  private static String comm(Path entry) {
    try {
      return Files.readString(entry.resolve("comm"), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return ""; // It ended meanwhile.
    }
  }

  private String read(long pid, String file) {
    try {
      return Files.readString(
          proc.resolve(Long.toString(pid)).resolve(file), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new BenchException(
          "process "
              + pid
              + " can't be looked at: "
              + e
              + "; it must run on this machine, and be yours unless you are root",
          e);
    }
  }
}
