package dev.mokha.server.crd.validation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.object.Json;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.schema.CustomSchemas;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import tools.jackson.databind.node.ObjectNode;

/** Whatever is in a schema and in an object: there is an answer, never a failure of our own. */
class RandomSchemasTest {
  @Provide
  Arbitrary<String> schemas() {
    Arbitrary<String> leaf =
        Arbitraries.of(
            "{\"type\":\"string\",\"maxLength\":3,\"pattern\":\"^[a-c]*$\"}",
            "{\"type\":\"string\",\"format\":\"date-time\"}",
            "{\"type\":\"string\",\"maxLength\":9,\"x-kubernetes-validations\":[{\"rule\":\"self.size()"
                + " > 1\"}]}",
            "{\"type\":\"integer\",\"minimum\":-1,\"maximum\":2.5,\"multipleOf\":0.5}",
            "{\"type\":\"number\",\"format\":\"int32\",\"exclusiveMaximum\":true,\"maximum\":3}",
            "{\"type\":\"boolean\",\"nullable\":true,\"default\":7}",
            "{\"x-kubernetes-int-or-string\":true,\"x-kubernetes-validations\":[{\"rule\":\"self =="
                + " 1\"}]}",
            "{\"type\":\"object\",\"x-kubernetes-preserve-unknown-fields\":true}",
            "{\"type\":\"object\",\"x-kubernetes-embedded-resource\":true,\"properties\":{}}",
            "{\"oneOf\":[{\"type\":\"string\"},{}],\"not\":{\"required\":[\"a\"]}}",
            "{\"type\":5,\"enum\":{},\"required\":\"x\",\"items\":[]}",
            "{}");
    Arbitrary<String> one =
        leaf.map(
            s ->
                "{\"type\":\"array\",\"maxItems\":3,\"x-kubernetes-list-type\":\"set\",\"items\":"
                    + s
                    + "}");
    Arbitrary<String> two =
        leaf.map(
            s ->
                "{\"type\":\"array\",\"x-kubernetes-list-type\":\"map\",\"x-kubernetes-list-map-keys\":[\"a\"],"
                    + "\"items\":{\"type\":\"object\",\"required\":[\"a\"],\"properties\":{\"a\":"
                    + s
                    + "},\"x-kubernetes-validations\":[{\"rule\":\"self == oldSelf || true\"}]}}");
    Arbitrary<String> three =
        leaf.map(
            s -> "{\"type\":\"object\",\"maxProperties\":2,\"additionalProperties\":" + s + "}");
    return Combinators.combine(leaf, Arbitraries.oneOf(one, two, three, leaf))
        .as(
            (a, b) ->
                "{\"type\":\"object\",\"properties\":{\"a\":"
                    + a
                    + ",\"b\":"
                    + b
                    + "},\"x-kubernetes-validations\":[{\"rule\":\"has(self.a) || size(self.b) >"
                    + " 0\"}]}");
  }

  @Provide
  Arbitrary<String> values() {
    Arbitrary<String> leaf =
        Arbitraries.of(
            "1",
            "-2",
            "1.5",
            "1e300",
            "9223372036854775808",
            "\"abc\"",
            "\"\"",
            "\"zz\\u0000z\"",
            "true",
            "null",
            "[]",
            "{}",
            "[1,1]",
            "[\"a\",\"a\"]",
            "[{\"a\":1},{\"a\":1},null,7]",
            "{\"a\":{\"b\":[]},\"kind\":3}",
            "{\"metadata\":{\"name\":5,\"labels\":[]}}");
    return Combinators.combine(leaf, leaf)
        .as((a, b) -> "{\"a\":" + a + ",\"b\":" + b + ",\"c\":" + a + "}");
  }

  @Property(tries = 200)
  void definitionsAndObjectsAreJudged(
      @ForAll("schemas") String schema,
      @ForAll("values") String value,
      @ForAll("values") String old) {
    ObjectNode openApi =
        (ObjectNode)
            Json.MAPPER.readTree("{\"type\":\"object\",\"properties\":{\"spec\":" + schema + "}}");
    ObjectNode definition =
        (ObjectNode)
            Json.MAPPER.readTree(
                "{\"spec\":{\"group\":\"x.y\",\"versions\":[{\"name\":\"v1\",\"schema\":{\"openAPIV3Schema\":"
                    + openApi
                    + "}}]}}");
    assertThat(DefinitionValidator.validateCreate(definition))
        .allSatisfy(c -> assertThat(c.message()).isNotBlank());
    CustomResourceValidator validator =
        new CustomResourceValidator(
            new CustomValidator.Version(
                new GroupVersionKind("x.y", "v1", "Thing"),
                true,
                openApi,
                CustomSchemas.of(openApi)));
    assertThat(validator.validateCreate(object(value)))
        .allSatisfy(c -> assertThat(c.message()).isNotBlank());
    assertThat(validator.validateUpdate(object(value), object(old)))
        .allSatisfy(c -> assertThat(c.field()).isNotBlank());
    assertThat(validator.validateUpdate(object(value), object(value))).isNotNull();
  }

  private static ObjectNode object(String spec) {
    return (ObjectNode)
        Json.MAPPER.readTree(
            "{\"apiVersion\":\"x.y/v1\",\"kind\":\"Thing\",\"metadata\":{\"name\":\"n\",\"namespace\":\"d\",\"uid\":\"u\","
                + "\"resourceVersion\":\"1\"},\"spec\":"
                + spec
                + "}");
  }
}
