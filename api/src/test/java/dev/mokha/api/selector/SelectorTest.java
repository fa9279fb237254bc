package dev.mokha.api.selector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionKind;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SelectorTest {
  private static final Map<String, String> LABELS =
      Map.of("app", "web", "tier", "front", "weight", "5", "example.com/x", "");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|true",
        "app=web|true",
        "app==web|true",
        "app=api|false",
        "app!=api|true",
        "none!=x|true",
        "app in (web, api)|true",
        "app notin (web)|false",
        "none notin (web)|true",
        "app|true",
        "!app|false",
        "!none|true",
        "weight>4|true",
        "weight<5|false",
        "app>1|false",
        "app=web,tier=front|true",
        "app=web,tier=back|false",
        "example.com/x=|true",
        "example.com/x in (,a)|true",
        " app = web , !canary |true",
      })
  void matchesLabels(String text, boolean matches) {
    assertThat(LabelSelector.parse(text).matches(LABELS)).isEqualTo(matches);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a=b,,c", ",", "a in b", "a in (b", "=b", "a=b=c", "-a", "a>x", "a b", "a=b,", "!"
      })
  void refusesWhatIsNoLabelSelector(String text) {
    assertThatThrownBy(() -> LabelSelector.parse(text))
        .isInstanceOf(SelectorException.class)
        .hasMessageStartingWith("unable to parse requirement: ");
  }

  @Test
  void readsTheObjectForm() {
    LabelSelector selector =
        LabelSelector.ofObject(
            Json.MAPPER.readTree(
                """
                {"matchLabels":{"app":"web"},
                 "matchExpressions":[{"key":"tier","operator":"In","values":["front","back"]},
                   {"key":"canary","operator":"DoesNotExist"}]}\
                """));
    assertThat(selector.matches(LABELS)).isTrue();
    assertThat(selector).hasToString("app=web,!canary,tier in (back,front)");
    assertThat(selector.requiredValue("app")).contains("web");
    assertThat(LabelSelector.ofObject(null).matches(LABELS)).isFalse();
    assertThat(LabelSelector.ofObject(Json.MAPPER.createObjectNode()).matches(LABELS)).isTrue();
    assertThatThrownBy(
            () ->
                LabelSelector.ofObject(
                    Json.MAPPER.readTree(
                        "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Is\"}]}")))
        .hasMessage("\"Is\" is not a valid label selector operator");
  }

  @Provide
  Arbitrary<Requirement> requirements() {
    Arbitrary<String> key =
        Arbitraries.strings()
            .withCharRange('a', 'z')
            .ofMinLength(1)
            .ofMaxLength(5)
            .filter(k -> !k.equals("in") && !k.equals("notin"));
    Arbitrary<List<String>> values =
        Arbitraries.strings()
            .withCharRange('a', 'z')
            .ofMaxLength(3)
            .list()
            .ofMinSize(1)
            .ofMaxSize(4);
    return Combinators.combine(key, Arbitraries.of(Requirement.Operator.values()), values)
        .as(
            (k, operator, v) ->
                new Requirement(
                    k,
                    operator,
                    switch (operator) {
                      case EXISTS, DOES_NOT_EXIST -> List.of();
                      case GREATER_THAN, LESS_THAN -> List.of("" + v.size());
                      case EQUALS, NOT_EQUALS -> v.subList(0, 1);
                      case IN, NOT_IN -> v;
                    }));
  }

  @Property
  void labelSelectorTextRoundTrips(
      @ForAll List<@net.jqwik.api.From("requirements") Requirement> all) {
    LabelSelector selector = LabelSelector.of(all);
    assertThat(LabelSelector.parse(selector.toString())).isEqualTo(selector);
  }

  @Property
  void fieldSelectorTextRoundTrips(@ForAll String value, @ForAll boolean equal) {
    FieldSelector selector =
        FieldSelector.of(
            List.of(
                new FieldSelector.Term("metadata.name", equal, value),
                new FieldSelector.Term("spec.x", !equal, value)));
    assertThat(FieldSelector.parse(selector.toString())).isEqualTo(selector);
  }

  @Test
  void selectsPodsByTheirFields() {
    KubeObject pod =
        KubeObject.parse(
            """
            {"spec":{"containers":[{"name":"a"}],"nodeName":"n1"},"apiVersion":"v1","kind":"Pod",
             "status":{"phase":"Running","podIPs":[{"ip":"10.0.0.1"}]},
             "metadata":{"name":"web","namespace":"default","labels":{"a":"b"},"generation":3}}\
            """
                .getBytes(StandardCharsets.UTF_8));
    SelectableFields fields = SelectableFields.forKind(GroupVersionKind.of("v1", "Pod"));
    for (String text :
        List.of(
            "",
            "spec.nodeName=n1,status.phase!=Failed",
            "metadata.name=web,metadata.namespace==default",
            "status.podIP=10.0.0.1",
            "spec.hostNetwork=false",
            "status.nominatedNodeName=")) {
      assertThat(fields.matches(fields.require(FieldSelector.parse(text)), pod)).as(text).isTrue();
    }
    assertThat(fields.matches(FieldSelector.parse("spec.nodeName!=n1"), pod)).isFalse();
    assertThat(pod.labels()).containsEntry("a", "b");
    assertThat(pod.generation()).isEqualTo(3);
    assertThatThrownBy(() -> fields.require(FieldSelector.parse("spec.foo=1")))
        .hasMessage("field label not supported: spec.foo");
    assertThatThrownBy(
            () ->
                SelectableFields.forKind(GroupVersionKind.of("v1", "ConfigMap"))
                    .require(FieldSelector.parse("data=1")))
        .hasMessageContaining("is not a known field selector: only \"metadata.name\"");
    assertThatThrownBy(() -> FieldSelector.parse("abc"))
        .hasMessage("invalid selector: 'abc'; can't understand 'abc'");
  }
}
