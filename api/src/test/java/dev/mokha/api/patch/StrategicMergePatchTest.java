package dev.mokha.api.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.TestSchemas;
import dev.mokha.api.object.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class StrategicMergePatchTest {
  private static final String POD =
      """
      {"metadata":{"finalizers":["a","b"],"labels":{"x":"1"}},
       "spec":{"containers":[{"name":"web","image":"nginx:1","args":["a"]},{"name":"log","image":"log:1"}],
               "volumes":[{"name":"v","emptyDir":{}}],"nodeSelector":{"disk":"ssd"}}}\
      """;

  @Test
  void mergesElementsByTheirKey() {
    JsonNode pod =
        patched(
            "{'spec':{'containers':[{'name':'log','image':'log:2'},{'name':'new','image':'n'}]}}");
    assertThat(names(pod)).isEqualTo("web log new ");
    assertThat(pod.at("/spec/containers/1/image").asString()).isEqualTo("log:2");
    assertThat(pod.at("/spec/containers/0/image").asString()).isEqualTo("nginx:1");
  }

  @Test
  void deletesAndReplacesByDirective() {
    assertThat(names(patched("{'spec':{'containers':[{'name':'web','$patch':'delete'}]}}")))
        .isEqualTo("log ");
    assertThat(
            names(
                patched("{'spec':{'containers':[{'name':'x','image':'y'},{'$patch':'replace'}]}}")))
        .isEqualTo("x ");
    assertThat(
            patched("{'spec':{'nodeSelector':{'$patch':'replace','a':'b'}}}")
                .at("/spec/nodeSelector"))
        .isEqualTo(tree("{'a':'b'}"));
    assertThat(patched("{'metadata':{'labels':{'$patch':'delete'}}}").at("/metadata/labels"))
        .isEqualTo(tree("{}"));
    assertThat(patched("{'spec':{'nodeSelector':null}}").at("/spec").has("nodeSelector")).isFalse();
  }

  @Test
  void mergesAndPrunesListsOfScalars() {
    assertThat(patched("{'metadata':{'finalizers':['b','c']}}").at("/metadata/finalizers"))
        .isEqualTo(tree("['a','b','c']"));
    assertThat(
            patched("{'metadata':{'$deleteFromPrimitiveList/finalizers':['a']}}")
                .at("/metadata/finalizers"))
        .isEqualTo(tree("['b']"));
  }

  @Test
  void replacesListsWithoutMergeStrategy() {
    assertThat(
            patched("{'spec':{'containers':[{'name':'web','args':['b']}]}}")
                .at("/spec/containers/0/args"))
        .isEqualTo(tree("['b']"));
  }

  @Test
  void keepsOnlyRetainedKeys() {
    assertThat(
            patched(
                    "{'spec':{'volumes':[{'name':'v','$retainKeys':['name','secret'],'secret':{'secretName':'s'}}]}}")
                .at("/spec/volumes/0"))
        .isEqualTo(tree("{'name':'v','secret':{'secretName':'s'}}"));
    assertThatThrownBy(
            () -> patched("{'spec':{'volumes':[{'name':'v','$retainKeys':['name'],'secret':{}}]}}"))
        .hasMessage("invalid patch format of retainKeys");
  }

  @Test
  void ordersElementsAsAsked() {
    assertThat(
            names(
                patched(
                    "{'spec':{'$setElementOrder/containers':[{'name':'log'},{'name':'new'}],"
                        + "'containers':[{'name':'new','image':'n'}]}}")))
        .isEqualTo("web log new ");
    assertThat(
            names(
                patched(
                    "{'spec':{'$setElementOrder/containers':[{'name':'log'},{'name':'web'}]}}")))
        .isEqualTo("log web ");
  }

  @Test
  void newValuesCarryNoDirectives() {
    assertThat(
            patched(
                    "{'spec':{'securityContext':{'$patch':'replace','runAsUser':1,'fsGroup':null}}}")
                .at("/spec/securityContext"))
        .isEqualTo(tree("{'runAsUser':1}"));
  }

  @Test
  void refusesElementsWithoutTheirKey() {
    assertThatThrownBy(() -> patched("{'spec':{'containers':[{'image':'x'}]}}"))
        .hasMessage("map: {\"image\":\"x\"} does not contain declared merge key: name");
    assertThatThrownBy(() -> patched("{'spec':{'nodeSelector':{'$patch':'frob'}}}"))
        .hasMessageStartingWith("unknown patch type: frob in map: ");
  }

  private static String names(JsonNode pod) {
    StringBuilder names = new StringBuilder();
    pod.at("/spec/containers").forEach(c -> names.append(c.path("name").asString()).append(' '));
    return names.toString();
  }

  private static JsonNode patched(String patch) {
    return StrategicMergePatch.apply(
        Json.parseObject(POD.getBytes(StandardCharsets.UTF_8)),
        patch.replace('\'', '"').getBytes(StandardCharsets.UTF_8),
        TestSchemas.pod());
  }

  private static JsonNode tree(String json) {
    return Json.MAPPER.readTree(json.replace('\'', '"'));
  }
}
