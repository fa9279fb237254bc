package dev.mokha.api.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.UnknownFieldSet;
import dev.mokha.api.object.Json;
import dev.mokha.api.resource.BuiltinResources;
import dev.mokha.api.schema.BuiltinSchemas;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class OpenApiTest {
  private final OpenApi openApi =
      new OpenApi(BuiltinSchemas.get(), BuiltinResources.get(), "v1.36.0");

  @Test
  void everyReferenceOfEveryDocumentLeadsSomewhere() {
    check(Json.parseObject(openApi.v2Json().bytes()), "/definitions", "#/definitions/");
    JsonNode index = Json.parseObject(openApi.v3Index().bytes()).path("paths");
    assertThat(index.size()).isEqualTo(22);
    for (Map.Entry<String, JsonNode> e : index.properties()) {
      OpenApi.Document document = openApi.v3(e.getKey()).orElseThrow();
      assertThat(e.getValue().path("serverRelativeURL").stringValue())
          .isEqualTo("/openapi/v3/" + e.getKey() + "?hash=" + document.hash());
      check(Json.parseObject(document.bytes()), "/components/schemas", "#/components/schemas/");
    }
    assertThat(openApi.v3("apis/none/v1")).isEmpty();
  }

  private static void check(ObjectNode document, String place, String prefix) {
    Set<String> references = new TreeSet<>();
    OpenApiDefinitions.references(document, references);
    Set<String> definitions = new TreeSet<>(document.at(place).propertyNames());
    assertThat(definitions).isNotEmpty().containsAll(references);
    assertThat(document.toString()).contains(prefix);
  }

  @Test
  void v3SaysWhatClientsNeedToKnowOfDeployments() {
    ObjectNode apps = Json.parseObject(openApi.v3("apis/apps/v1").orElseThrow().bytes());
    JsonNode patch =
        apps.path("paths")
            .path("/apis/apps/v1/namespaces/{namespace}/deployments/{name}")
            .path("patch");
    assertThat(patch.path("x-kubernetes-action").stringValue()).isEqualTo("patch");
    assertThat(patch.at("/x-kubernetes-group-version-kind/kind").stringValue())
        .isEqualTo("Deployment");
    assertThat(patch.path("parameters").findValuesAsString("name"))
        .contains("fieldValidation", "dryRun", "fieldManager", "force");
    JsonNode spec =
        apps.path("components").path("schemas").path("io.k8s.api.apps.v1.DeploymentSpec");
    assertThat(spec.at("/properties/replicas/default").intValue()).isEqualTo(1);
    assertThat(spec.at("/properties/template/allOf/0/$ref").stringValue())
        .isEqualTo("#/components/schemas/io.k8s.api.core.v1.PodTemplateSpec");
    assertThat(
            apps.path("components")
                .path("schemas")
                .path("io.k8s.api.core.v1.PodSpec")
                .at("/properties/containers/x-kubernetes-patch-merge-key")
                .stringValue())
        .isEqualTo("name");
  }

  @Test
  void protobufOfV2HasAllDefinitionsAndPaths() throws Exception {
    ObjectNode json = Json.parseObject(openApi.v2Json().bytes());
    UnknownFieldSet document = UnknownFieldSet.parseFrom(openApi.v2Protobuf().bytes());
    assertThat(document.getField(1).getLengthDelimitedList().getFirst().toStringUtf8())
        .isEqualTo("2.0");
    UnknownFieldSet paths =
        UnknownFieldSet.parseFrom(document.getField(8).getLengthDelimitedList().getFirst());
    assertThat(paths.getField(2).getLengthDelimitedList()).hasSize(json.path("paths").size());
    UnknownFieldSet definitions =
        UnknownFieldSet.parseFrom(document.getField(9).getLengthDelimitedList().getFirst());
    assertThat(definitions.getField(1).getLengthDelimitedList())
        .hasSize(json.path("definitions").size());
    UnknownFieldSet first =
        UnknownFieldSet.parseFrom(definitions.getField(1).getLengthDelimitedList().getFirst());
    assertThat(first.getField(1).getLengthDelimitedList().getFirst().toStringUtf8())
        .isEqualTo(json.path("definitions").propertyNames().iterator().next());
  }

  @Test
  void documentsAreMadeOnce() {
    assertThat(openApi.v2Json().bytes()).isSameAs(openApi.v2Json().bytes());
    assertThat(openApi.v2Json().hash()).hasSize(128).isUpperCase();
  }
}
