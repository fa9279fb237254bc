package dev.mokha.controllers.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a role is put together of. */
final class RoleAggregationTest {
  private static PolicyRule rule(String verb) {
    return new PolicyRuleBuilder().withApiGroups("").withResources("pods").withVerbs(verb).build();
  }

  private static ClusterRole part(String name, Map<String, String> labels, String... verbs) {
    return new ClusterRoleBuilder()
        .withNewMetadata()
        .withName(name)
        .withLabels(labels)
        .endMetadata()
        .withRules(java.util.Arrays.stream(verbs).map(RoleAggregationTest::rule).toList())
        .build();
  }

  @Test
  void rulesComeBySelectorThenByNameAndOnce() {
    ClusterRole whole =
        new ClusterRoleBuilder()
            .withNewMetadata()
            .withName("whole")
            .withLabels(Map.of("to", "a"))
            .endMetadata()
            .withRules(rule("forgotten"))
            .withNewAggregationRule()
            .addToClusterRoleSelectors(
                new LabelSelectorBuilder().addToMatchLabels("to", "b").build(),
                new LabelSelectorBuilder()
                    .addNewMatchExpression()
                    .withKey("to")
                    .withOperator("In")
                    .withValues("a")
                    .endMatchExpression()
                    .build())
            .endAggregationRule()
            .build();
    List<ClusterRole> all =
        List.of(
            whole,
            part("z", Map.of("to", "a"), "get", "watch"),
            part("y", Map.of("to", "a"), "list", "get"),
            part("x", Map.of("to", "b"), "watch"),
            part("other", Map.of("to", "c"), "delete"));
    assertThat(RoleAggregationController.rulesFor(whole, all))
        .containsExactly(rule("watch"), rule("list"), rule("get"));
  }
}
