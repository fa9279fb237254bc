package dev.mokha.client.match;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.TaintBuilder;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SelectorsTest {
  private static boolean expression(String operator, Map<String, String> labels) {
    LabelSelector selector =
        new LabelSelectorBuilder()
            .addNewMatchExpression()
            .withKey("k")
            .withOperator(operator)
            .withValues(operator.endsWith("In") ? List.of("a", "b") : List.of())
            .endMatchExpression()
            .build();
    return Selectors.matches(selector, labels);
  }

  @Test
  void expressionsMeanWhatTheirOperatorSays() {
    assertThat(expression("In", Map.of("k", "a"))).isTrue();
    assertThat(expression("In", Map.of())).isFalse();
    assertThat(expression("NotIn", Map.of("k", "a"))).isFalse();
    assertThat(expression("NotIn", Map.of())).isTrue();
    assertThat(expression("Exists", Map.of("k", "x"))).isTrue();
    assertThat(expression("DoesNotExist", Map.of("k", "x"))).isFalse();
    assertThat(Selectors.matches("Gt", List.of("3"), "4")).isTrue();
    assertThat(Selectors.matches("Lt", List.of("3"), "x")).isFalse();
  }

  @Test
  void noSelectorMatchesNothingAndAnEmptyOneEverything() {
    assertThat(Selectors.matches((LabelSelector) null, Map.of("k", "v"))).isFalse();
    assertThat(Selectors.matches(new LabelSelector(), null)).isTrue();
    assertThat(Selectors.matches(Map.of(), Map.of("k", "v"))).isFalse();
  }

  @Test
  void aTolerationCoversItsTaint() {
    var taint = new TaintBuilder().withKey("k").withValue("v").withEffect("NoExecute").build();
    var exact = new TolerationBuilder().withKey("k").withValue("v").build();
    var other = new TolerationBuilder().withKey("k").withValue("w").build();
    var effect = new TolerationBuilder().withOperator("Exists").withEffect("NoSchedule").build();
    var all = new TolerationBuilder().withOperator("Exists").build();
    assertThat(Tolerations.tolerates(exact, taint)).isTrue();
    assertThat(Tolerations.tolerate(List.of(other, effect), taint)).isFalse();
    assertThat(Tolerations.tolerate(List.of(other, all), taint)).isTrue();
    assertThat(Tolerations.tolerate(null, taint)).isFalse();
  }
}
