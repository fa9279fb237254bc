package dev.mokha.server.authorization;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.server.authentication.UserInfo;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

final class PolicyRuleTest {
  private static PolicyRule rule(String verbs, String groups, String resources, String... names) {
    return new PolicyRule(
        List.of(verbs.split(",")),
        List.of(groups.split(",", -1)),
        List.of(resources.split(",")),
        List.of(names),
        List.of());
  }

  private static Attributes wish(String verb, String group, String resource, String name) {
    int slash = resource.indexOf('/');
    return Attributes.ofResource(
        UserInfo.ANONYMOUS,
        verb,
        group,
        "v1",
        slash < 0 ? resource : resource.substring(0, slash),
        slash < 0 ? "" : resource.substring(slash + 1),
        "ns",
        name);
  }

  @Test
  void aResourceIsNotItsSubresources() {
    PolicyRule pods = rule("get", "", "pods");
    assertThat(pods.allows(wish("get", "", "pods", "a"))).isTrue();
    assertThat(pods.allows(wish("get", "", "pods/log", "a"))).isFalse();
    assertThat(pods.allows(wish("list", "", "pods", ""))).isFalse();
    assertThat(pods.allows(wish("get", "apps", "pods", "a"))).isFalse();
    PolicyRule log = rule("get", "", "pods/log");
    assertThat(log.allows(wish("get", "", "pods/log", "a"))).isTrue();
    assertThat(log.allows(wish("get", "", "pods", "a"))).isFalse();
    assertThat(log.allows(wish("get", "", "xpods/log", "a"))).isFalse();
  }

  @Test
  void starsStandForAll() {
    assertThat(rule("*", "*", "*").allows(wish("escalate", "x", "y/z", ""))).isTrue();
    PolicyRule scale = rule("get", "*", "*/scale");
    assertThat(scale.allows(wish("get", "apps", "deployments/scale", "a"))).isTrue();
    assertThat(scale.allows(wish("get", "apps", "deployments", "a"))).isFalse();
  }

  @Test
  void namesLimitARule() {
    PolicyRule one = rule("get,list", "", "configmaps", "mine");
    assertThat(one.allows(wish("get", "", "configmaps", "mine"))).isTrue();
    assertThat(one.allows(wish("get", "", "configmaps", "yours"))).isFalse();
    assertThat(one.allows(wish("list", "", "configmaps", ""))).isFalse();
  }

  @Test
  void pathsMayEndInAStar() {
    PolicyRule health =
        new PolicyRule(
            List.of("get"), List.of(), List.of(), List.of(), List.of("/healthz", "/livez/*"));
    assertThat(health.allows(Attributes.ofPath(UserInfo.ANONYMOUS, "get", "/healthz"))).isTrue();
    assertThat(health.allows(Attributes.ofPath(UserInfo.ANONYMOUS, "get", "/healthz/x"))).isFalse();
    assertThat(health.allows(Attributes.ofPath(UserInfo.ANONYMOUS, "get", "/livez/x"))).isTrue();
    assertThat(health.allows(Attributes.ofPath(UserInfo.ANONYMOUS, "post", "/healthz"))).isFalse();
    assertThat(health.allows(wish("get", "", "pods", ""))).isFalse();
  }

  @Provide
  Arbitrary<PolicyRule> rules() {
    Arbitrary<List<String>> verbs =
        Arbitraries.of("get", "list", "*").list().ofMinSize(1).ofMaxSize(2);
    Arbitrary<List<String>> groups =
        Arbitraries.of("", "apps", "*").list().ofMinSize(1).ofMaxSize(2);
    Arbitrary<List<String>> resources =
        Arbitraries.of("pods", "pods/log", "*/log", "*").list().ofMinSize(1).ofMaxSize(2);
    Arbitrary<List<String>> names = Arbitraries.of("a", "b").list().ofMaxSize(2);
    return Combinators.combine(verbs, groups, resources, names)
        .as((v, g, r, n) -> new PolicyRule(v, g, r, n, List.of()));
  }

  /** No escalation: what covers a rule allows all that the rule allows. */
  @Property(tries = 2000)
  void whatCoversARuleAllowsAsMuch(
      @ForAll("rules") PolicyRule held, @ForAll("rules") PolicyRule wanted) {
    boolean covered = wanted.atoms().stream().allMatch(held::coversAtom);
    if (!covered) {
      return;
    }
    for (String verb : List.of("get", "list", "delete")) {
      for (String group : List.of("", "apps", "x")) {
        for (String resource : List.of("pods", "pods/log", "nodes", "nodes/log", "nodes/x")) {
          for (String name : List.of("", "a", "b", "c")) {
            Attributes wish = wish(verb, group, resource, name);
            if (wanted.allows(wish)) {
              assertThat(held.allows(wish)).as("%s by %s as %s", wish, held, wanted).isTrue();
            }
          }
        }
      }
    }
  }
}
