package dev.mokha.server.admission.expressions;

/** An expression has no value; the message says which and why, in the words Kubernetes has. */
public final class ExpressionFailure extends Exception {
  private static final long serialVersionUID = 1L;
  private final String why;
  private final boolean outOfBudget;

  ExpressionFailure(String message, String why, boolean outOfBudget) {
    super(message, null, false, false);
    this.why = why;
    this.outOfBudget = outOfBudget;
  }

  /** The message without the expression's text. */
  public String why() {
    return why;
  }

  /** True when nothing more may be evaluated for this request. */
  public boolean outOfBudget() {
    return outOfBudget;
  }
}
