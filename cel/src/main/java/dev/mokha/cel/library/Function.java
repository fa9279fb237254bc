package dev.mokha.cel.library;

/** What a function does, whatever overload of it. */
@FunctionalInterface
public interface Function {
  /**
   * Its result, never null.
   *
   * @param args the target first, where there is one
   * @throws dev.mokha.cel.CelEvaluationException when it has none for these
   */
  Object call(Object[] args);
}
