package dev.mokha.server.audit;

import java.time.Duration;

/**
 * When a log file is put aside and a new one begun, and for how long the old ones stay.
 *
 * @param mostBytes a file is put aside before it grows beyond; at least 1
 * @param mostAge files put aside longer ago are deleted; zero for never
 * @param mostFiles so many files put aside stay; 0 for any number
 */
public record Rotation(long mostBytes, Duration mostAge, int mostFiles) {
  /** 100 MiB a file, ten old ones, thirty days. */
  public static final Rotation DEFAULT = new Rotation(100L << 20, Duration.ofDays(30), 10);

  /** Refuses what makes no sense. */
  public Rotation {
    if (mostBytes < 1 || mostAge.isNegative() || mostFiles < 0) {
      throw new IllegalArgumentException("sizes, ages and counts of log files can't be negative");
    }
  }
}
