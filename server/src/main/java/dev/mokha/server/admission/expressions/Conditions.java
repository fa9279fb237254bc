package dev.mokha.server.admission.expressions;

import dev.mokha.cel.CelEnvironment;
import dev.mokha.cel.CostBudget;
import dev.mokha.cel.ResultType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/** A list of match conditions, compiled. */
public final class Conditions {
  private final List<Compiled> conditions;

  private Conditions(List<Compiled> conditions) {
    this.conditions = List.copyOf(conditions);
  }

  /** Compiles {@code matchConditions}; without any, no environment is made. */
  public static Conditions of(Supplier<CelEnvironment> environment, JsonNode list) {
    List<Compiled> conditions = new ArrayList<>(list.size());
    for (JsonNode condition : list) {
      conditions.add(
          Compiled.of(
              environment.get(),
              condition.path("expression").asString("").strip(),
              ResultType.BOOL_OR_DYN));
    }
    return new Conditions(conditions);
  }

  /** True when there are none. */
  public boolean isEmpty() {
    return conditions.isEmpty();
  }

  /**
   * Whether all of them hold. One that does not settles it, whatever others fail with.
   *
   * @throws ExpressionFailure when none is false and some have no value
   */
  public boolean hold(Map<String, ?> variables) throws ExpressionFailure {
    CostBudget budget = CostBudget.forMatchConditions();
    List<String> failures = new ArrayList<>(0);
    for (Compiled condition : conditions) {
      try {
        if (Boolean.FALSE.equals(condition.evaluate(variables, budget))) {
          return false;
        }
      } catch (ExpressionFailure e) {
        failures.add(e.getMessage());
        if (e.outOfBudget()) {
          break;
        }
      }
    }
    if (failures.isEmpty()) {
      return true;
    }
    String all = failures.size() == 1 ? failures.get(0) : "[" + String.join(", ", failures) + "]";
    throw new ExpressionFailure(all, all, false);
  }
}
