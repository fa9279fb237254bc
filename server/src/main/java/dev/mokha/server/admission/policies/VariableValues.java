package dev.mokha.server.admission.policies;

import static java.util.Objects.requireNonNull;

import dev.mokha.cel.CelEvaluationException;
import dev.mokha.cel.CostBudget;
import dev.mokha.cel.value.StructValue;
import dev.mokha.server.admission.expressions.ExpressionFailure;
import dev.mokha.server.admission.policies.Policy.Named;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The values of a policy's variables for one request; each is computed when first read. */
final class VariableValues implements StructValue {
  private final Map<String, Named> variables = new HashMap<>();
  private final Map<String, Object> values = new HashMap<>();
  private final Set<String> names = new LinkedHashSet<>();
  private final Map<String, Object> scope;
  private final CostBudget budget;

  /**
   * Values of variables.
   *
   * @param scope what they may name; these values are added to it
   * @param budget pays for the computation
   */
  VariableValues(List<Named> all, Map<String, Object> scope, CostBudget budget) {
    this.scope = requireNonNull(scope, "scope");
    this.budget = requireNonNull(budget, "budget");
    for (Named v : all) {
      variables.put(v.name(), v);
      names.add(v.name());
    }
    scope.put(PolicyCompiler.VARIABLES, this);
  }

  @Override
  public String typeName() {
    return PolicyCompiler.VARIABLES_TYPE;
  }

  @Override
  public Set<String> names() {
    return names;
  }

  @Override
  public boolean has(String name) {
    return names.contains(name);
  }

  @Override
  public Object get(String name) {
    Object known = values.get(name);
    if (known != null) {
      return known;
    }
    Named variable = variables.get(name);
    if (variable == null) {
      return null;
    }
    try {
      Object value = variable.expression().evaluate(scope, budget);
      values.put(name, value);
      return value;
    } catch (ExpressionFailure e) {
      throw new CelEvaluationException(
          "composited variable \"%s\" fails to evaluate: %s".formatted(name, e.why()));
    }
  }
}
