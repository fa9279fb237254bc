package dev.mokha.cel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.object.Json;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/** The figures are those that Kubernetes 1.36 gives for the same schema and rule. */
class CostTest {
  private static final String SCHEMA =
      """
      {"type": "object", "properties": {
        "text": {"type": "string", "maxLength": 10},
        "free": {"type": "string"},
        "count": {"type": "integer"},
        "list": {"type": "array", "maxItems": 10, "items": {"type": "string", "maxLength": 10}},
        "numbers": {"type": "array", "maxItems": 100, "items": {"type": "integer"}},
        "unbounded": {"type": "array", "items": {"type": "integer"}},
        "map": {"type": "object", "maxProperties": 5,
                "additionalProperties": {"type": "string", "maxLength": 4}}}}
      """;

  private static CelExpression compile(String text) throws CelCompileException {
    DeclType type = DeclType.ofCustom((ObjectNode) Json.MAPPER.readTree(SCHEMA), false);
    return CelEnvironment.builder().variable("self", type).build().compile(text, ResultType.ANY);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "self.count > 1                        | 3",
        "has(self.count)                       | 1",
        "self.text == 'abc'                    | 3",
        "self.text.startsWith('abc')           | 3",
        "self.text.size() > 2                  | 4",
        "self.text.matches('^[a-z]+$')         | 12",
        "self.numbers.all(x, x > 1)            | 503",
        "[1, 2, 3].exists(x, x == 2)           | 26",
        "self.unbounded.all(x, x > 1)          | 7864318"
      })
  void boundsWhatARuleCanCost(String text, long most) throws CelCompileException {
    assertThat(compile(text).estimate().max()).as(text).isEqualTo(most);
  }

  @Test
  void whatNothingBoundsCostsMoreThanAnyRuleMay() throws CelCompileException {
    assertThat(compile("self.unbounded.all(x, self.unbounded.all(y, x == y))").estimate().max())
        .isGreaterThan(10_000_000_000L);
    assertThat(compile("self.free.matches(self.free)").estimate().max())
        .isGreaterThan(10_000_000_000L);
  }

  @Test
  void noEvaluationCostsMoreThanItsBound() throws CelCompileException {
    ObjectNode self =
        (ObjectNode)
            Json.MAPPER.readTree(
                """
                {"text": "abcdefghij", "free": "x", "count": 5, "list": ["a", "b", "cc"],
                 "numbers": [1, 2, 3], "unbounded": [7], "map": {"a": "x", "b": "yy"}}
                """);
    for (String text :
        new String[] {
          "self.list.all(x, self.list.exists(y, x == y))",
          "self.list.map(x, x + x).join(',').size() > 3",
          "self.map.all(k, self.map[k].size() < 5)",
          "self.numbers.filter(x, x > 1).sum() + self.count == 10",
          "self.text.replace('a', 'bb').split('b').size() > 1 ? self.count : 7",
          "sets.contains(self.list, ['a']) && self.list.distinct().sort() == self.list",
          "self.text.matches('[a-j]+') || self.text.contains('zzz')"
        }) {
      CelExpression expression = compile(text);
      CostBudget budget = CostBudget.forObject();
      expression.evaluate(Map.of("self", self), budget);
      long spent = CostBudget.PER_OBJECT - budget.left();
      assertThat(spent).as(text).isPositive().isLessThanOrEqualTo(expression.estimate().max());
    }
  }

  @Test
  void aSpentBudgetIsTold() throws CelCompileException {
    CelExpression expression = compile("self.numbers.all(x, x > 1)");
    ObjectNode self = (ObjectNode) Json.MAPPER.readTree("{\"numbers\": [2, 3, 4]}");
    CostBudget budget = new CostBudget(10, CostBudget.PER_CALL);
    assertThatThrownBy(() -> expression.evaluate(Map.of("self", self), budget))
        .isInstanceOfSatisfying(CostLimitException.class, e -> assertThat(e.ofBudget()).isTrue());
    assertThat(budget.left()).isZero();
  }
}
