package dev.mokha.client.metrics;

import java.util.concurrent.atomic.LongAdder;

/**
 * How values are spread, cheap to add to from many threads. The values are whole numbers of some
 * unit, such as nanoseconds; what is shown is in another, such as seconds.
 */
public final class Histogram {
  private final long[] bounds;
  private final String[] texts;
  private final double unit;
  private final LongAdder[] buckets;
  private final LongAdder sum = new LongAdder();

  private Histogram(double unit, double[] bounds) {
    this.unit = unit;
    this.bounds = new long[bounds.length];
    this.texts = new String[bounds.length + 1];
    this.buckets = new LongAdder[bounds.length + 1];
    for (int i = 0; i <= bounds.length; i++) {
      buckets[i] = new LongAdder();
      texts[i] = i == bounds.length ? "+Inf" : Exposition.number(bounds[i]);
      if (i < bounds.length) {
        this.bounds[i] = Math.round(bounds[i] * unit);
      }
    }
  }

  /** Of durations that are added in nanoseconds and shown in seconds. */
  public static Histogram ofSeconds(double... upperBounds) {
    return new Histogram(1e9, upperBounds);
  }

  /** Of plain numbers. */
  public static Histogram ofNumbers(double... upperBounds) {
    return new Histogram(1, upperBounds);
  }

  /** Adds a value. */
  public void add(long value) {
    int i = 0;
    while (i < bounds.length && value > bounds[i]) {
      i++;
    }
    buckets[i].increment();
    sum.add(value);
  }

  /** How many values were added. */
  public long count() {
    long count = 0;
    for (LongAdder bucket : buckets) {
      count += bucket.sum();
    }
    return count;
  }

  /**
   * Writes the series of one set of labels.
   *
   * @param labels empty for none
   */
  public void write(Exposition out, String name, String labels) {
    long count = 0;
    String before = labels.isEmpty() ? "" : labels + ",";
    for (int i = 0; i < buckets.length; i++) {
      count += buckets[i].sum();
      out.value(name + "_bucket", before + "le=\"" + texts[i] + "\"", count);
    }
    out.value(name + "_sum", labels, sum.sum() / unit);
    out.value(name + "_count", labels, count);
  }
}
