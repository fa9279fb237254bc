package dev.mokha.cel;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.object.Json;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Expressions written by an enemy end, soon, and with an answer. */
class HostileExpressionsTest {
  private static final CelEnvironment ENVIRONMENT =
      CelEnvironment.builder().variable("self", DeclType.DYN).objectConstruction().build();
  private static final JsonNode SELF =
      Json.MAPPER.readTree(
          "{\"a\": 1, \"b\": \"text\", \"c\": [1, 2, \"x\", null], \"d\": {\"e\": 1.5, \"f\":"
              + " {}}}");

  @ParameterizedTest
  @Timeout(value = 60, unit = SECONDS)
  @ValueSource(
      strings = {
        "lists.range(1000000).all(x, lists.range(1000000).all(y, x + y >= 0))",
        "lists.range(30000).map(x, lists.range(30000)).size() > 1",
        "lists.range(9000).transformMap(i, v, string(v)).size() > 1"
            + " && lists.range(9000).all(x, lists.range(9000).exists(y, y == x + 1))",
        "lists.range(100000).map(x, 'aaaaaaaaaaaaaaaaaaaa').join('').matches('(a*)*(a*)*b')",
        "[0,1,2,3,4,5,6,7,8,9].map(a, [0,1,2,3,4,5,6,7,8,9].map(b, [0,1,2,3,4,5,6,7,8,9].map(c,"
            + " [0,1,2,3,4,5,6,7,8,9].map(d, [0,1,2,3,4,5,6,7,8,9].map(e,"
            + " [0,1,2,3,4,5,6,7,8,9].map(f, a + b + c + d + e + f)))))).size() > 0"
      })
  void costTooMuch(String text) throws CelCompileException {
    CelExpression expression = ENVIRONMENT.compile(text, ResultType.ANY);
    assertThatThrownBy(() -> expression.evaluate(Map.of("self", SELF), CostBudget.forObject()))
        .isInstanceOf(CostLimitException.class);
  }

  @ParameterizedTest
  @Timeout(value = 60, unit = SECONDS)
  @ValueSource(strings = {"(", "[", "a.", "{'a':", "true?"})
  void deepNestingIsRefused(String piece) {
    String text = piece.repeat(5000) + "1";
    assertThatThrownBy(() -> ENVIRONMENT.compile(text, ResultType.ANY))
        .isInstanceOf(CelCompileException.class);
  }

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> word =
        Arbitraries.of(
            "self",
            "self.a",
            "self.b",
            "self.c",
            "self.d.e",
            "1",
            "-1",
            "2.5",
            "'x'",
            "b'y'",
            "null",
            "true",
            "[1, 2]",
            "{'k': 1}",
            "duration('1s')",
            "timestamp('2026-01-01T00:00:00Z')",
            "quantity('1Gi')",
            "ip('::1')",
            "optional.of(1)",
            "optional.none()",
            "3u",
            "type(1)",
            "9223372036854775807",
            "Object{a: 1}",
            "format.uuid()",
            "semver('1.2.3')",
            "url('/x')");
    Arbitrary<String> binary =
        Arbitraries.of("+", "-", "*", "/", "%", "==", "!=", "<", ">=", "&&", "||", "in");
    Arbitrary<String> call =
        Arbitraries.of(
            ".size()",
            ".all(x, x == 1)",
            ".map(x, x)",
            ".sum()",
            ".min()",
            ".isSorted()",
            ".indexOf('x')",
            ".split('')",
            ".replace('', 'y', 3)",
            ".substring(1)",
            ".charAt(9)",
            ".format([1])",
            ".sort()",
            ".flatten()",
            ".reverse()",
            ".distinct()",
            ".slice(0, 1)",
            ".a",
            ".?a",
            "[0]",
            "[?0]",
            ".value()",
            ".orValue(1)",
            ".getHours()",
            ".isGreaterThan(quantity('1'))",
            ".family()",
            ".validate('x')",
            ".transformMap(k, v, v)",
            ".sortBy(x, x)",
            ".matches('x')");
    return Combinators.combine(word, call.list().ofMaxSize(3), binary, word, call)
        .as(
            (first, calls, operator, second, last) ->
                "dyn("
                    + first
                    + ")"
                    + String.join("", calls)
                    + " "
                    + operator
                    + " "
                    + second
                    + last);
  }

  @Property(tries = 300)
  void anythingThatCompilesHasAValueOrAnError(@ForAll("texts") String text) {
    CelExpression expression;
    try {
      expression = ENVIRONMENT.compile(text, ResultType.ANY);
    } catch (CelCompileException e) {
      assertThat(e.getMessage()).isNotBlank();
      return;
    }
    assertThat(expression.estimate().min()).isLessThanOrEqualTo(expression.estimate().max());
    try {
      Object value = expression.evaluate(Map.of("self", SELF), CostBudget.forObject());
      assertThat(value).isNotNull();
      assertThat(dev.mokha.cel.value.Values.toJson(value)).isNotNull();
    } catch (CelEvaluationException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  @Property(tries = 300)
  void anyTextIsRefusedOrCompiles(@ForAll String text) {
    try {
      assertThat(ENVIRONMENT.compile(text, ResultType.ANY).variables()).isSubsetOf(List.of("self"));
    } catch (CelCompileException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }
}
