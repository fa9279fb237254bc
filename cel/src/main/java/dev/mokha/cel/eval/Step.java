package dev.mokha.cel.eval;

/** One node of an expression, ready to run. Immutable. */
@FunctionalInterface
public interface Step {
  /**
   * Its value, never null.
   *
   * @throws dev.mokha.cel.CelEvaluationException when it has none
   */
  Object run(Frame frame);
}
