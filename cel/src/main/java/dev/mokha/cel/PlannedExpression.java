package dev.mokha.cel;

import dev.mokha.cel.eval.CostEstimate;
import dev.mokha.cel.eval.Frame;
import dev.mokha.cel.eval.Step;
import java.util.Map;
import java.util.Set;

/** An expression as {@link CelEnvironment} compiles it. */
record PlannedExpression(
    String text,
    String resultType,
    DeclType resultDecl,
    Map<String, DeclType> types,
    Step plan,
    String[] globals,
    int slots,
    CostEstimate estimate)
    implements CelExpression {
  @Override
  public Set<String> variables() {
    return Set.of(globals);
  }

  @Override
  public Object evaluate(Map<String, ?> variables, CostBudget budget) {
    Frame frame = new Frame(variables, types, globals, slots, budget.perCall());
    try {
      Object value = plan.run(frame);
      if (!budget.spend(frame.cost())) {
        throw new CostLimitException(true);
      }
      return value;
    } catch (Frame.OverLimit e) {
      budget.spend(budget.perCall());
      throw new CostLimitException(false);
    } catch (StackOverflowError e) {
      budget.spend(budget.perCall());
      throw new CelEvaluationException("the expression is nested too deeply");
    } catch (CelEvaluationException e) {
      if (!(e instanceof CostLimitException)) {
        budget.spend(frame.cost());
      }
      throw e;
    }
  }
}
