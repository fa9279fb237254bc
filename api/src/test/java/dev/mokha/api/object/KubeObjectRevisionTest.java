package dev.mokha.api.object;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

class KubeObjectRevisionTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"a\"}}",
        "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{}}",
        "{\"spec\":{\"metadata\":{\"name\":\"x\"},\"t\":\"\\\"metadata\\\":{\"},\"metadata\":{\"name\":\"a\"}}",
        "{ \"metadata\" : { \"name\" : \"a\" } }",
        "{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"1\"}}",
        "{\"metadata\":{\"resourceVersion\":\"1\",\"name\":\"a\"}}",
        "{\"metadata\":{\"resourceVersion\":\"1\"}}"
      })
  void putsTheRevisionIntoTheMetadataAndLeavesTheRest(String json) {
    KubeObject before = KubeObject.parse(json.getBytes(StandardCharsets.UTF_8));

    KubeObject after = before.withResourceVersion("42");
    KubeObject again = after.withResourceVersion("1234");

    ObjectNode expected = before.toTree();
    expected.withObject("/metadata").put("resourceVersion", "42");
    assertThat(after.toTree()).isEqualTo(expected);
    assertThat(after.resourceVersion()).isEqualTo("42");
    expected.withObject("/metadata").put("resourceVersion", "1234");
    assertThat(again.toTree()).isEqualTo(expected);
    assertThat(again.name()).isEqualTo(before.name());
  }
}
