package dev.mokha.cel;

/** The expression costs more than it may. Nothing in an expression can catch this. */
public final class CostLimitException extends CelEvaluationException {
  private final boolean ofBudget;

  CostLimitException(boolean ofBudget) {
    super("operation cancelled: actual cost limit exceeded");
    this.ofBudget = ofBudget;
  }

  /** Whether what is left of the whole budget is spent, rather than one call's share. */
  public boolean ofBudget() {
    return ofBudget;
  }
}
