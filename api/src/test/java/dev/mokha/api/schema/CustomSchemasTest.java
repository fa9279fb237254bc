package dev.mokha.api.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.object.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class CustomSchemasTest {
  private static final ObjectSchema SCHEMA =
      CustomSchemas.of(
          tree(
              """
              {"type":"object","required":["spec"],"properties":{
                "spec":{"type":"object","properties":{
                  "size":{"type":"integer","format":"int32","default":3},
                  "name":{"type":"string","default":"x"},
                  "note":{"type":"string","nullable":true,"default":"y"},
                  "port":{"x-kubernetes-int-or-string":true},
                  "free":{"type":"object","x-kubernetes-preserve-unknown-fields":true},
                  "labels":{"type":"object","additionalProperties":{"type":"string"}},
                  "parts":{"type":"array","x-kubernetes-list-type":"map",
                    "x-kubernetes-list-map-keys":["id"],
                    "items":{"type":"object","properties":{"id":{"type":"string"},
                      "on":{"type":"boolean","default":true}}}}}}}}
              """));

  private static ObjectNode tree(String json) {
    return Json.parseObject(json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void unknownFieldsAreDroppedAndTheRestIsKeptAsItIs() {
    ObjectNode object =
        tree(
            """
            {"apiVersion":"a.b/v1","kind":"C","metadata":{"name":"n","foo":1},
             "spec":{"size":"wrong","labels":{"gone":null},"free":{"any":[1]},"odd":1,
                     "name":null,"note":null,"port":null,
                     "parts":[{"id":"a","extra":2}]}}
            """);
    assertThat(StructuralCheck.apply(object, SCHEMA))
        .containsExactly(
            "unknown field \"metadata.foo\"",
            "unknown field \"spec.odd\"",
            "unknown field \"spec.parts[0].extra\"");
    assertThat(object)
        .isEqualTo(
            tree(
                """
                {"apiVersion":"a.b/v1","kind":"C","metadata":{"name":"n"},
                 "spec":{"size":"wrong","labels":{},"free":{"any":[1]},
                         "note":null,"parts":[{"id":"a"}]}}
                """));
  }

  @Test
  void defaultsAreFilledInDeeply() {
    ObjectNode object = tree("{\"spec\":{\"name\":\"\",\"parts\":[{},{\"on\":false}]}}");
    Defaulting.apply(object, SCHEMA);
    assertThat(object)
        .isEqualTo(
            tree(
                """
                {"spec":{"name":"","size":3,"note":"y","parts":[{"on":true},{"on":false}]}}
                """));
  }

  @Test
  void theModelIsTheBuiltInTypesModel() {
    ObjectSchema spec = (ObjectSchema) SCHEMA.find("spec").schema();
    assertThat(SCHEMA.find("spec").required()).isTrue();
    assertThat(SCHEMA.find("metadata").schema()).isInstanceOf(ObjectSchema.class);
    assertThat(spec.find("parts").schema())
        .isInstanceOfSatisfying(
            ListSchema.class,
            list -> {
              assertThat(list.type()).isEqualTo(ListType.MAP);
              assertThat(list.keys()).isEqualTo(List.of("id"));
            });
    assertThat(spec.find("labels").schema()).isInstanceOf(MapSchema.class);
    assertThat(spec.find("port").schema())
        .isInstanceOfSatisfying(
            ScalarSchema.class, s -> assertThat(s.type()).isEqualTo(ScalarType.INT_OR_STRING));
    assertThat(spec.find("size").schema().constraints().openApi().path("format").stringValue())
        .isEqualTo("int32");
  }
}
