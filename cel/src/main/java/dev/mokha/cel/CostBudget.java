package dev.mokha.cel;

/**
 * What the expressions of one request may cost together, and each call alone, in the units of CEL's
 * cost model (about 100 ns of an old core each). Used by one thread at a time.
 *
 * <p>Sources of the figures: the limits that Kubernetes documents for validation rules, admission
 * policies and match conditions.
 */
public final class CostBudget {
  /** The most that one evaluation of one expression may cost. */
  public static final long PER_CALL = 1_000_000;

  /** For all rules of one custom object, or all expressions of one policy binding. */
  public static final long PER_OBJECT = 10_000_000;

  /** For all match conditions of one webhook or policy. */
  public static final long MATCH_CONDITIONS = 2_500_000;

  private final long perCall;
  private long left;

  /** A budget. */
  public CostBudget(long total, long perCall) {
    this.left = total;
    this.perCall = perCall;
  }

  /** For the rules of one object, or one policy binding. */
  public static CostBudget forObject() {
    return new CostBudget(PER_OBJECT, PER_CALL);
  }

  /** For the match conditions of one webhook or policy. */
  public static CostBudget forMatchConditions() {
    return new CostBudget(MATCH_CONDITIONS, PER_CALL);
  }

  /** What may still be spent; never negative. */
  public long left() {
    return left;
  }

  /** The most that one evaluation may cost. */
  public long perCall() {
    return perCall;
  }

  /**
   * Takes that much away.
   *
   * @return false when there was not enough; then nothing is left
   */
  public boolean spend(long cost) {
    if (cost > left) {
      left = 0;
      return false;
    }
    left -= cost;
    return true;
  }
}
