package dev.mokha.cel;

import dev.mokha.cel.eval.CostEstimate;
import java.util.Map;
import java.util.Set;

/**
 * A compiled expression. Immutable; may be evaluated by many threads at once.
 *
 * <pre>{@code
 * CelExpression rule = environment.compile("self.replicas <= self.maxReplicas", ResultType.BOOL);
 * Object ok = rule.evaluate(Map.of("self", tree), CostBudget.forObject());
 * }</pre>
 */
public interface CelExpression {
  /** The text it was compiled from. */
  String text();

  /** The type of the result as CEL writes it: {@code bool}, {@code list(string)}, {@code dyn}. */
  String resultType();

  /** The result's type as a declaration, for a variable that holds it. */
  DeclType resultDecl();

  /** The names of all variables it reads. */
  Set<String> variables();

  /**
   * The least and most that one evaluation can cost, by the sizes that the variables' declarations
   * allow.
   */
  CostEstimate estimate();

  /**
   * The value.
   *
   * <p>A variable may be a {@link tools.jackson.databind.JsonNode}, which is read in place as its
   * declared type says; any value of CEL (String, Long, Double, Boolean, List, Map, {@link
   * java.util.Optional}, the values of {@link dev.mokha.cel.value}); or a {@link
   * java.util.function.Supplier} of one, asked when first needed and once at most.
   *
   * @param variables by name; one that is missing is an error only when it is read
   * @param budget pays for the evaluation
   * @return String, Long, Double, Boolean, List, Map, {@link dev.mokha.cel.value.CelNull} and so
   *     on; {@link dev.mokha.cel.value.Values#toJson} makes JSON of it
   * @throws CelEvaluationException when there is none
   * @throws CostLimitException when it costs more than one call may, or than the budget has left
   */
  Object evaluate(Map<String, ?> variables, CostBudget budget);
}
