package dev.mokha.cel.eval;

/**
 * A range of costs or sizes. Sums and products stop at the largest long instead of overflowing.
 *
 * @param min never negative
 * @param max at least {@code min}
 */
public record CostEstimate(long min, long max) {
  /** From nothing to anything. */
  public static final CostEstimate UNKNOWN = new CostEstimate(0, Long.MAX_VALUE);

  /** Exactly that much. */
  public static CostEstimate exactly(long n) {
    return new CostEstimate(n, n);
  }

  /** Both together. */
  public CostEstimate plus(CostEstimate other) {
    return new CostEstimate(add(min, other.min), add(max, other.max));
  }

  /** One for each of the other. */
  public CostEstimate times(CostEstimate other) {
    return new CostEstimate(multiply(min, other.min), multiply(max, other.max));
  }

  /** That many times, rounded up. */
  public CostEstimate times(double factor) {
    return new CostEstimate(scale(min, factor), scale(max, factor));
  }

  /** The range that holds both. */
  public CostEstimate union(CostEstimate other) {
    return new CostEstimate(Math.min(min, other.min), Math.max(max, other.max));
  }

  static long add(long a, long b) {
    long sum = a + b;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }

  /** The product, or the largest long. */
  public static long multiply(long a, long b) {
    return b != 0 && a > Long.MAX_VALUE / b ? Long.MAX_VALUE : a * b;
  }

  private static long scale(long n, double factor) {
    double product = Math.ceil(n * factor);
    return product >= 0x1p63 ? Long.MAX_VALUE : (long) product;
  }
}
