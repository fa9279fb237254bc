package dev.mokha.server.crd.validation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.object.Json;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

class DefinitionValidatorTest {
  private static final String SCHEMA = "spec.validation.openAPIV3Schema";

  private static ObjectNode definition(String schema, String more) {
    return (ObjectNode)
        Json.MAPPER.readTree(
            """
            {"metadata": {"name": "cups.example.com"},
             "spec": {"group": "example.com", "scope": "Namespaced",
                      "names": {"plural": "cups", "kind": "Cup"},
                      "versions": [{"name": "v1", "served": true, "storage": true,
                                    "schema": {"openAPIV3Schema": %s} %s}]}}
            """
                .formatted(schema, more));
  }

  private static ObjectNode withSpec(String spec) {
    return definition("{\"type\": \"object\", \"properties\": {\"spec\": " + spec + "}}", "");
  }

  private static List<String> told(ObjectNode definition) {
    return DefinitionValidator.validateCreate(definition).stream()
        .map(c -> c.field() + ": " + c.message())
        .toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{} | type: Required value: must not be empty for specified object fields",
        "{\"type\":\"array\"} | items: Required value: must be specified",
        "{\"type\":\"array\",\"items\":{}} | items.type: Required value: must not be empty for"
            + " specified array items",
        "{\"type\":\"string\",\"not\":{\"type\":\"string\"}} | not.type: Forbidden: must be empty"
            + " to be structural",
        "{\"type\":\"text\"} | type: Unsupported value: \"text\": supported values: \"array\","
            + " \"boolean\", \"integer\", \"number\", \"object\", \"string\"",
        "{\"type\":\"string\",\"$ref\":\"#/x\"} | $ref: Forbidden: $ref is not supported",
        "{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":\"string\"}} | uniqueItems:"
            + " Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes"
            + " quadratic",
        "{\"type\":\"object\",\"x-kubernetes-preserve-unknown-fields\":false} |"
            + " x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or"
            + " undefined",
        "{\"type\":\"string\",\"pattern\":\"(\"} | pattern: Invalid value: \"(\": must be a valid"
            + " regular expression, but isn't: error parsing regexp: missing closing ): `(`",
        "{\"type\":\"string\",\"default\":5} | default: Invalid value: \"integer\":  in body must"
            + " be of type string: \"integer\"",
        "{\"type\":\"object\",\"default\":{\"x\":1}} | default: Invalid value: {\"x\":1}: must not"
            + " have unknown fields",
        "{\"type\":\"array\",\"x-kubernetes-list-type\":\"map\",\"items\":{\"type\":\"object\"}} |"
            + " x-kubernetes-list-map-keys: Required value: must not be empty if"
            + " x-kubernetes-list-type is map",
        "{\"type\":\"string\",\"maxLength\":5,\"x-kubernetes-validations\":[{\"rule\":\"\"}]} |"
            + " x-kubernetes-validations[0].rule: Required value: rule is not specified"
      })
  void refusesSchemasThatAreNotInOrder(String spec, String cause) {
    assertThat(told(withSpec(spec))).containsExactly(SCHEMA + ".properties[spec]." + cause);
  }

  @Test
  void theRootIsAnObject() {
    assertThat(told(definition("{\"properties\": {}}", "")))
        .containsExactly(SCHEMA + ".type: Required value: must not be empty at the root");
    assertThat(told(definition("{\"type\": \"object\", \"nullable\": true}", "")))
        .containsExactly(SCHEMA + ".nullable: Forbidden: nullable cannot be true at the root");
    assertThat(
            told(
                definition(
                    "{\"type\": \"object\", \"properties\": {\"metadata\": {\"type\": \"object\","
                        + " \"properties\": {\"labels\": {\"type\": \"object\"}}}}}",
                    "")))
        .containsExactly(
            SCHEMA
                + ".properties[metadata]: Forbidden: must not specify anything other than name and"
                + " generateName, but metadata is implicitly specified");
  }

  @Test
  void whatIsDemandedMustBeDeclared() {
    assertThat(
            told(
                definition(
                    "{\"type\":\"object\",\"anyOf\":[{\"properties\":{\"b\":{\"minLength\":1}}}]}",
                    "")))
        .containsExactly(
            SCHEMA
                + ".properties[b]: Required value: because it is defined in"
                + " spec.validation.openAPIV3Schema.anyOf[0].properties[b]");
  }

  @Test
  void rulesMustCompile() {
    String spec =
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},"
            + "\"x-kubernetes-validations\":[{\"rule\":\"self.b\"},{\"rule\":\"self.a\"}]}";
    assertThat(told(withSpec(spec)))
        .satisfiesExactly(
            first ->
                assertThat(first)
                    .startsWith(
                        SCHEMA
                            + ".properties[spec].x-kubernetes-validations[0].rule: Invalid value:"
                            + " {")
                    .contains(
                        "compilation failed: ERROR: <input>:1:5: undefined field 'b'\n | self.b\n"
                            + " | ....^"),
            second -> assertThat(second).endsWith("cel expression must evaluate to a bool"));
  }

  @Test
  void rulesMustNotCostTooMuch() {
    String list = "{\"type\":\"array\",%s\"items\":{\"type\":\"string\",\"maxLength\":10}}";
    String spec =
        "{\"type\":\"object\",\"properties\":{\"l\":%s},\"x-kubernetes-validations\":"
            + "[{\"rule\":\"self.l.all(x, self.l.all(y, x == y))\"}]}";
    String rule = SCHEMA + ".properties[spec].x-kubernetes-validations[0].rule";
    String hint =
        "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays,"
            + " maps, and strings are declared)";
    assertThat(told(withSpec(spec.formatted(list.formatted("")))))
        .containsExactly(
            rule
                + ": Forbidden: estimated rule cost exceeds budget by factor of more than 100x "
                + hint,
            rule
                + ": Forbidden: contributed to estimated rule cost total exceeding cost limit for"
                + " entire OpenAPIv3 schema",
            SCHEMA
                + ": Forbidden: x-kubernetes-validations estimated rule cost total for entire"
                + " OpenAPIv3 schema exceeds budget by factor of more than 100x "
                + hint);
    assertThat(told(withSpec(spec.formatted(list.formatted("\"maxItems\":10,"))))).isEmpty();
  }

  @Test
  void anUnchangedSchemaKeepsItsExpensiveRules() {
    ObjectNode costly =
        withSpec(
            "{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"x-kubernetes-validations\":"
                + "[{\"rule\":\"self.all(x, self.all(y, x == y))\"}]}");
    assertThat(told(costly)).isNotEmpty();
    assertThat(DefinitionValidator.validateUpdate(costly.deepCopy(), costly)).isEmpty();
  }

  @Test
  void oldValuesAreKnownOnlyWhereElementsAreToldApart() {
    String spec =
        "{\"type\":\"array\",\"maxItems\":5,\"items\":{\"type\":\"string\",\"maxLength\":5,"
            + "\"x-kubernetes-validations\":[{\"rule\":\"self == oldSelf\"}]}}";
    assertThat(told(withSpec(spec)))
        .containsExactly(
            SCHEMA
                + ".properties[spec].items.x-kubernetes-validations[0].rule: Invalid value: \"self"
                + " == oldSelf\": oldSelf cannot be used on the uncorrelatable portion of the"
                + " schema within spec.validation.openAPIV3Schema.properties[spec]");
  }

  @Test
  void pathsLeadSomewhere() {
    assertThat(
            told(
                definition(
                    "{\"type\":\"object\",\"properties\":{\"spec\":{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}}}}}",
                    ", \"selectableFields\": [{\"jsonPath\": \".spec.b\"}, {\"jsonPath\":"
                        + " \".spec\"}], \"subresources\": {\"scale\": {\"specReplicasPath\":"
                        + " \"spec.x\", \"statusReplicasPath\": \".spec.x\"}}")))
        .containsExactly(
            "spec.selectableFields[0].jsonPath: Invalid value: \".spec.b\": is an invalid path:"
                + " does not refer to a valid field",
            "spec.selectableFields[1].jsonPath: Invalid value: \".spec\": must point to a field of"
                + " type string, boolean or integer. Enum string fields and strings with formats"
                + " are allowed.",
            "spec.subresources.scale.specReplicasPath: Invalid value: \"spec.x\": must be a simple"
                + " json path starting with .",
            "spec.subresources.scale.statusReplicasPath: Invalid value: \".spec.x\": should be a"
                + " json path under .status");
  }
}
