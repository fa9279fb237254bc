package dev.mokha.bench;

import java.util.Arrays;
import java.util.Collection;

/**
 * What many durations come to.
 *
 * @param count how many
 * @param p50 the median, in milliseconds
 * @param p99 the 99th percentile, in milliseconds; with fewer than 100 durations the longest
 * @param max the longest, in milliseconds
 */
record Summary(int count, double p50, double p99, double max) {
  /** Summarizes durations in nanoseconds; there must be one at least. */
  static Summary ofNanos(Collection<Long> nanos) {
    return ofNanos(nanos.stream().mapToLong(Long::longValue).toArray());
  }

  /** Summarizes durations in nanoseconds; there must be one at least. */
  static Summary ofNanos(long[] nanos) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return new Summary(
        sorted.length,
        millis(percentile(sorted, 50)),
        millis(percentile(sorted, 99)),
        millis(percentile(sorted, 100)));
  }

  /**
   * The nearest-rank percentile: the smallest value that is not below p percent of all values. It
   * is always one of the values, never one between two.
   *
   * @param sorted ascending, not empty
   * @param percent above 0, at most 100
   */
  static long percentile(long[] sorted, int percent) {
    if (sorted.length == 0 || percent <= 0 || percent > 100) {
      throw new IllegalArgumentException(
          "no percentile " + percent + " of " + sorted.length + " values");
    }
    long rank = Math.ceilDiv((long) sorted.length * percent, 100);
    return sorted[Math.toIntExact(rank) - 1];
  }

  /** Nanoseconds as milliseconds. */
  static double millis(long nanos) {
    return nanos / 1e6;
  }
}
