package dev.mokha.server.crd.validation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.object.Json;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.schema.CustomSchemas;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

class CustomResourceValidatorTest {
  private static final CustomResourceValidator VALUES =
      validator(
          """
          "text": {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^a+$"},
          "word": {"type": "string", "enum": ["a", "b"]},
          "count": {"type": "integer", "minimum": 1, "maximum": 10},
          "above": {"type": "integer", "minimum": 1, "exclusiveMinimum": true},
          "half": {"type": "number", "multipleOf": 0.5, "maximum": 2.5},
          "small": {"type": "integer", "format": "int32"},
          "nothing": {"type": "string", "nullable": true},
          "either": {"x-kubernetes-int-or-string": true},
          "list": {"type": "array", "minItems": 1, "maxItems": 2,
                   "items": {"type": "string", "maxLength": 3}},
          "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
          "map": {"type": "array", "x-kubernetes-list-type": "map",
                  "x-kubernetes-list-map-keys": ["k"],
                  "items": {"type": "object", "required": ["k"],
                            "properties": {"k": {"type": "string"}, "v": {"type": "integer"}}}},
          "needs": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
          "some": {"type": "object", "minProperties": 1, "maxProperties": 2,
                   "additionalProperties": {"type": "integer", "maximum": 5}},
          "any": {"type": "string", "anyOf": [{"minLength": 5}, {"pattern": "^b"}]},
          "one": {"type": "integer", "oneOf": [{"minimum": 5}, {"maximum": 7}]},
          "not": {"type": "string", "not": {"enum": ["x"]}},
          "when": {"type": "string", "format": "date-time"},
          "inner": {"type": "object", "x-kubernetes-embedded-resource": true,
                    "x-kubernetes-preserve-unknown-fields": true}
          """);

  private static CustomResourceValidator validator(String properties) {
    return validator(properties, "[]");
  }

  private static CustomResourceValidator validator(String properties, String rules) {
    ObjectNode openApi =
        (ObjectNode)
            Json.MAPPER.readTree(
                """
                {"type": "object", "properties": {
                  "spec": {"type": "object", "properties": {%s}, "x-kubernetes-validations": %s},
                  "status": {"type": "object",
                             "properties": {"n": {"type": "integer", "maximum": 3}}}}}
                """
                    .formatted(properties, rules));
    return new CustomResourceValidator(
        new CustomValidator.Version(
            new GroupVersionKind("example.com", "v1", "Cup"),
            true,
            openApi,
            CustomSchemas.of(openApi)));
  }

  private static ObjectNode cup(String spec) {
    return (ObjectNode)
        Json.MAPPER.readTree(
            """
            {"apiVersion": "example.com/v1", "kind": "Cup",
             "metadata": {"name": "c", "namespace": "default", "uid": "1", "resourceVersion": "5",
                          "creationTimestamp": "2026-01-01T00:00:00Z"},
             "spec": %s, "status": {"n": 1}}
            """
                .formatted(spec));
  }

  private static List<String> told(List<StatusCause> causes) {
    return causes.stream().map(c -> c.field() + ": " + c.message()).toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"text\": \"a\"}      | spec.text: Invalid value: \"a\": spec.text in body should be at"
            + " least 2 chars long",
        "{\"text\": \"aaaaa\"}  | spec.text: Too long: may not be more than 4 bytes",
        "{\"text\": \"bb\"}     | spec.text: Invalid value: \"bb\": spec.text in body should match"
            + " '^a+$'",
        "{\"text\": 1}          | spec.text: Invalid value: \"integer\": spec.text in body must be"
            + " of type string: \"integer\"",
        "{\"word\": \"c\"}      | spec.word: Unsupported value: \"c\": supported values: \"a\","
            + " \"b\"",
        "{\"count\": 11}        | spec.count: Invalid value: 11: spec.count in body should be less"
            + " than or equal to 10",
        "{\"above\": 1}         | spec.above: Invalid value: 1: spec.above in body should be"
            + " greater than 1",
        "{\"half\": 0.3}        | spec.half: Invalid value: 0.3: spec.half in body should be a"
            + " multiple of 0.5",
        "{\"small\": 3000000000}| <nil>: Invalid value: \"\": Checked value must be of type integer"
            + " with format int32 in spec.small",
        "{\"either\": true}     | spec.either: Invalid value: \"boolean\": spec.either in body must"
            + " be of type integer,string: \"boolean\"",
        "{\"list\": []}         | spec.list: Invalid value: 0: spec.list in body should have at"
            + " least 1 items",
        "{\"list\": [\"a\",\"b\",\"c\"]} | spec.list: Too many: 3: must have at most 2 items",
        "{\"set\": [\"a\",\"a\"]} | spec.set[1]: Duplicate value: \"a\"",
        "{\"map\": [{\"k\":\"a\"},{\"k\":\"a\",\"v\":1}]} | spec.map[1]: Duplicate value:"
            + " {\"k\":\"a\"}",
        "{\"needs\": {}}        | spec.needs.a: Required value",
        "{\"some\": {}}         | spec.some: Invalid value: 0: spec.some in body should have at"
            + " least 1 properties",
        "{\"one\": 6}           | <nil>: Invalid value: \"\": \"spec.one\" must validate one and"
            + " only one schema (oneOf). Found 2 valid alternatives",
        "{\"not\": \"x\"}       | <nil>: Invalid value: \"\": \"spec.not\" must not validate the"
            + " schema (not)",
        "{\"when\": \"x\"}      | spec.when: Invalid value: \"x\": spec.when in body must be of"
            + " type date-time: \"x\"",
        "{\"inner\": {\"kind\": \"\", \"apiVersion\": \"v1\"}} | spec.inner.kind: Invalid value:"
            + " \"\": must not be empty"
      })
  void tellsWhatIsWrong(String spec, String cause) {
    assertThat(told(VALUES.validateCreate(cup(spec)))).containsExactly(cause);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"text\": \"aaa\", \"word\": \"b\", \"count\": 2.0}",
        "{\"nothing\": null, \"either\": \"5%\", \"half\": 2.5}",
        "{\"map\": [{\"k\":\"a\"},{\"k\":\"b\"}], \"any\": \"bx\", \"one\": 3}",
        "{\"inner\": {\"kind\": \"Pod\", \"apiVersion\": \"v1\", \"metadata\": {\"name\": \"p\"}}}",
        "{}"
      })
  void passesWhatIsRight(String spec) {
    assertThat(told(VALUES.validateCreate(cup(spec)))).isEmpty();
  }

  @Test
  void aStatusIsJudgedAlone() {
    ObjectNode updated = cup("{\"text\": \"not judged here\"}");
    ((ObjectNode) updated.get("status")).put("n", 9);
    assertThat(told(VALUES.validateStatusUpdate(updated, cup("{\"text\": \"not judged here\"}"))))
        .containsExactly("status.n: Invalid value: 9: n in body should be less than or equal to 3");
  }

  @Test
  void whatWasWrongBeforeAndIsAsItWasIsTolerated() {
    String spec = "{\"text\": \"zzz\", \"list\": [\"aaaa\"], \"count\": %d}";
    assertThat(told(VALUES.validateUpdate(cup(spec.formatted(2)), cup(spec.formatted(1)))))
        .isEmpty();
    assertThat(
            told(
                VALUES.validateUpdate(
                    cup("{\"list\": [\"aaaa\", \"b\"]}"), cup("{\"list\": [\"aaaa\"]}"))))
        .containsExactly("spec.list[0]: Too long: may not be more than 3 bytes");
  }

  @Test
  void rulesAreAsked() {
    CustomResourceValidator rules =
        validator(
            """
            "min": {"type": "integer"}, "max": {"type": "integer"},
            "kept": {"type": "string", "maxLength": 9, "x-kubernetes-validations":
                     [{"rule": "self == oldSelf", "message": "must not change"}]},
            "name": {"type": "string", "maxLength": 9, "x-kubernetes-validations":
                     [{"rule": "self.startsWith('a')", "messageExpression": "'bad ' + self"}]}
            """,
            """
            [{"rule": "self.min <= self.max"},
             {"rule": "!has(self.name) || self.name != 'a1'", "reason": "FieldValueForbidden",
              "fieldPath": ".name", "message": "not that"}]
            """);
    assertThat(told(rules.validateCreate(cup("{\"min\": 2, \"max\": 1, \"name\": \"b\"}"))))
        .containsExactly(
            "spec: Invalid value: failed rule: self.min <= self.max",
            "spec.name: Invalid value: \"b\": bad b");
    assertThat(told(rules.validateCreate(cup("{\"min\": 2}"))))
        .containsExactly(
            "spec: Invalid value: \"object\": no such key: max evaluating rule: self.min <="
                + " self.max");
    assertThat(told(rules.validateCreate(cup("{\"min\": 1, \"max\": 1, \"name\": \"a1\"}"))))
        .containsExactly("spec.name: Forbidden: not that");
    String before = "{\"min\": 1, \"max\": 1, \"kept\": \"x\"}";
    assertThat(told(rules.validateUpdate(cup(before.replace("\"x\"", "\"y\"")), cup(before))))
        .containsExactly("spec.kept: Invalid value: \"y\": must not change");
    assertThat(told(rules.validateCreate(cup("{\"min\": \"x\"}"))))
        .containsExactly(
            "spec.min: Invalid value: \"string\": spec.min in body must be of type integer:"
                + " \"string\"",
            "<nil>: Invalid value: null: some validation rules were not checked because the object"
                + " was invalid; correct the existing errors to complete validation");
  }

  @Test
  void aRuleThatRunsTooLongIsStopped() {
    CustomResourceValidator rules =
        validator(
            "\"l\": {\"type\": \"array\", \"items\": {\"type\": \"integer\"}}",
            "[{\"rule\": \"self.l.all(a, self.l.all(b, self.l.all(c, a + b + c >= 0)))\","
                + " \"message\": \"long\"}, {\"rule\": \"false\"}]");
    StringBuilder numbers = new StringBuilder("0");
    for (int i = 1; i < 200; i++) {
      numbers.append(',').append(i);
    }
    assertThat(told(rules.validateCreate(cup("{\"l\": [" + numbers + "]}"))))
        .containsExactly(
            "spec: Invalid value: \"object\": 'operation cancelled: actual cost limit exceeded': no"
                + " further validation rules will be run due to call cost exceeds limit for rule:"
                + " long");
  }
}
