package dev.mokha.cel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LiteralRulesTest {
  private static final CelEnvironment ENVIRONMENT =
      CelEnvironment.builder().variable("text", DeclType.STRING).build();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "[1, 'a'].size() == 2           | <input>:1:5: expected type 'int' but found 'string'",
        "{'a': 1, 'b': 'x'}.size() == 2 | <input>:1:15: expected type 'int' but found 'string'",
        "[dyn('x'), 3].size() == 2      | <input>:1:12: expected type 'dyn' but found 'int'",
        "duration('x') == duration('1s')| <input>:1:10: invalid duration argument",
        "timestamp('x') == timestamp(1) | <input>:1:11: invalid timestamp argument",
        "text.matches('(')              | <input>:1:14: invalid matches argument"
      })
  void refusesLiteralsThatCanNotBeMeant(String text, String message) {
    assertThatThrownBy(() -> ENVIRONMENT.compile(text, ResultType.BOOL))
        .isInstanceOf(CelCompileException.class)
        .hasMessageStartingWith("ERROR: " + message);
  }

  @Test
  void refusesPatternsThatNeverRun() {
    assertThatThrownBy(() -> ENVIRONMENT.compile("text.find('(') == ''", ResultType.BOOL))
        .isInstanceOfSatisfying(CelCompileException.class, e -> assertThat(e.wrongType()).isTrue())
        .hasMessage("program instantiation failed: error parsing regexp: missing closing ): `(`");
  }

  @Test
  void takesMixedArgumentsOfFormat() throws CelCompileException {
    assertThat(
            ENVIRONMENT
                .compile("'%s %d'.format(['x', 1]) == 'x 1'", ResultType.BOOL)
                .evaluate(java.util.Map.of(), CostBudget.forObject()))
        .isEqualTo(true);
  }

  @Test
  void wantsTheTypeThatWasAskedFor() {
    assertThatThrownBy(() -> ENVIRONMENT.compile("text", ResultType.BOOL))
        .hasMessage("cel expression must evaluate to a bool");
    assertThatThrownBy(() -> ENVIRONMENT.compile("text", ResultType.BOOL_OR_DYN))
        .hasMessage("must evaluate to bool");
  }
}
