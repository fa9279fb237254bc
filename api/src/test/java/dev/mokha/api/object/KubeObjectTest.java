package dev.mokha.api.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

class KubeObjectTest {
  @Property(tries = 200)
  void readsTheSameFromBytesAndFromATree(
      @ForAll String name,
      @ForAll String namespace,
      @ForAll Map<String, String> labels,
      @ForAll long generation,
      @ForAll boolean metadataLast) {
    ObjectNode tree = Json.MAPPER.createObjectNode();
    ObjectNode metadata = Json.MAPPER.createObjectNode();
    metadata.put("name", name).put("namespace", namespace).put("generation", generation);
    metadata.putObject("annotations").put("name", "not this one");
    labels.forEach((k, v) -> metadata.withObject("/labels").put(k, v));
    if (!metadataLast) {
      tree.set("metadata", metadata);
    }
    tree.put("apiVersion", "v1").put("kind", "Pod");
    tree.putObject("spec").putObject("metadata").put("name", "nor this one");
    if (metadataLast) {
      tree.set("metadata", metadata);
    }
    KubeObject fromTree = KubeObject.of(tree);
    KubeObject fromBytes = KubeObject.parse(Json.bytes(tree));
    for (KubeObject object : List.of(fromTree, fromBytes)) {
      assertThat(object.name()).isEqualTo(name);
      assertThat(object.namespace()).isEqualTo(namespace);
      assertThat(object.generation()).isEqualTo(generation);
      assertThat(object.labels()).isEqualTo(labels);
      assertThat(object.kind()).isEqualTo("Pod");
      assertThat(object.isDeleting()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "1", "{", "{} {}", "{\"a\":}", "null"})
  void refusesWhatIsNotOneObject(String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> KubeObject.parse(bytes)).isInstanceOf(RuntimeException.class);
  }

  @Test
  void findsSingleValuesInTheBytes() {
    byte[] json =
        "{\"a\":{\"skip\":[{\"b\":1}],\"b\":[{\"c\":\"x\"},{\"c\":\"y\"}]},\"n\":5,\"t\":true,\"z\":null}"
            .getBytes(StandardCharsets.UTF_8);
    assertThat(FieldScan.text(json, List.of("a", "b", "c"))).isEqualTo("x");
    assertThat(FieldScan.text(json, List.of("n"))).isEqualTo("5");
    assertThat(FieldScan.text(json, List.of("t"))).isEqualTo("true");
    assertThat(FieldScan.text(json, List.of("z"))).isNull();
    assertThat(FieldScan.text(json, List.of("a", "none"))).isNull();
    assertThat(FieldScan.text(json, List.of("a"))).isNull();
  }
}
