package dev.mokha.server.admission.expressions;

import static java.util.Objects.requireNonNull;

import dev.mokha.cel.CelCompileException;
import dev.mokha.cel.CelEnvironment;
import dev.mokha.cel.CelEvaluationException;
import dev.mokha.cel.CelExpression;
import dev.mokha.cel.CostBudget;
import dev.mokha.cel.CostLimitException;
import dev.mokha.cel.DeclType;
import dev.mokha.cel.ResultType;
import java.util.Map;

/**
 * An expression, compiled, or why it can't be.
 *
 * @param text as it was written
 * @param expression null when it does not compile
 * @param error empty when it does
 */
public record Compiled(String text, CelExpression expression, String error) {
  private static final String OUT_OF_BUDGET =
      "validation failed due to running out of cost budget, no further validation rules will be"
          + " run";

  /** Refuses nulls. */
  public Compiled {
    requireNonNull(text, "text");
    requireNonNull(error, "error");
  }

  /** Compiles a text. */
  public static Compiled of(CelEnvironment environment, String text, ResultType type) {
    try {
      return new Compiled(text, environment.compile(text, type), "");
    } catch (CelCompileException e) {
      return new Compiled(
          text, null, e.wrongType() ? e.getMessage() : "compilation failed: " + e.getMessage());
    }
  }

  /** The type of its value; {@link DeclType#DYN} when it does not compile. */
  public DeclType type() {
    return expression == null ? DeclType.DYN : expression.resultDecl();
  }

  /** Its value, as {@link CelExpression#evaluate} gives it. */
  public Object evaluate(Map<String, ?> variables, CostBudget budget) throws ExpressionFailure {
    if (expression == null) {
      throw new ExpressionFailure("compilation error: " + error, error, false);
    }
    try {
      return expression.evaluate(variables, budget);
    } catch (CostLimitException e) {
      if (e.ofBudget()) {
        throw new ExpressionFailure(OUT_OF_BUDGET, OUT_OF_BUDGET, true);
      }
      throw failed(e);
    } catch (CelEvaluationException e) {
      throw failed(e);
    }
  }

  private ExpressionFailure failed(CelEvaluationException e) {
    return new ExpressionFailure(
        "expression '%s' resulted in error: %s".formatted(text, e.getMessage()),
        e.getMessage(),
        false);
  }
}
