package dev.mokha.server.crd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.object.Json;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Paths of printer columns. */
final class JsonPathTest {
  private static final JsonNode OBJECT =
      Json.MAPPER.readTree(
          """
          {"spec":{"a":1,"nothing":null,"list":[{"n":"x","v":1},{"n":"y","v":2.0}]},
           "metadata":{"labels":{"example.com/app":"web"}},
           "status":{"conditions":[{"type":"Up","status":"False"},{"type":"Ready","status":"True"}]}}
          """);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        ".spec.a|1",
        "{.spec.a}|1",
        "$.spec.a|1",
        ".spec.nothing|",
        ".spec.missing.deeper|",
        ".spec.list[0].n|\"x\"",
        ".spec.list[-1].n|\"y\"",
        ".spec.list[*].v|1,2.0",
        ".spec.list[?(@.n==\"y\")].v|2.0",
        ".spec.list[?(@.v>1)].n|\"y\"",
        ".spec.list[?(@.v==2)].n|\"y\"",
        ".spec.list[?(@.zz)].n|",
        ".status.conditions[?(@.type=='Ready')].status|\"True\"",
        ".metadata.labels.example\\.com/app|\"web\"",
        ".metadata.labels['example.com/app']|\"web\"",
      })
  void findsWhatItLeadsTo(String path, String expected) {
    List<String> found = JsonPath.parse(path).find(OBJECT).stream().map(Json::text).toList();
    assertThat(String.join(",", found)).isEqualTo(expected == null ? "" : expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {".a[", ".a[?(b==1)]", ".a[?(@.b==)]", ".a[x]", ".a]b", ".a..b"})
  void refusesWhatItDoesNotKnow(String path) {
    assertThatThrownBy(() -> JsonPath.parse(path)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theEmptyPathIsTheObject() {
    assertThat(JsonPath.parse("").find(OBJECT)).containsExactly(OBJECT);
  }
}
