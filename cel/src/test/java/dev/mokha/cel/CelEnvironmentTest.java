package dev.mokha.cel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.object.Json;
import dev.mokha.cel.value.Values;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class CelEnvironmentTest {
  private static final String OBJECT =
      """
      {"kind": "Thing", "spec": {"replicas": 3, "name": "web", "ratio": 1.5, "on": true,
       "labels": {"a": "1", "b": "2"}, "list": [3, 1, 2], "names": ["x", "y"], "nothing": null}}
      """;

  private static JsonNode json(String text) {
    return Json.MAPPER.readTree(text);
  }

  private static Object evaluate(String text) throws CelCompileException {
    CelEnvironment environment =
        CelEnvironment.builder().variable("object", DeclType.DYN).objectConstruction().build();
    return environment
        .compile(text, ResultType.ANY)
        .evaluate(Map.of("object", json(OBJECT)), CostBudget.forObject());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "object.spec.replicas == 3 && object.spec.name == 'web'",
        "object.spec.ratio > 1 && object.spec.on",
        "has(object.spec.name) && !has(object.spec.other)",
        "object.spec.list.all(x, x > 0) && object.spec.list.exists(x, x == 2)",
        "object.spec.list.map(x, x * 2) == [6, 2, 4]",
        "object.spec.list.filter(x, x > 1) == [3, 2]",
        "object.spec.labels.all(k, k in ['a', 'b'])",
        "object.spec.labels.exists_one(k, object.spec.labels[k] == '1')",
        "object.spec.labels == {'b': '2', 'a': '1'}",
        "object.spec.nothing == null && type(object.spec.list) == list && type(1) == int",
        "object.?spec.?missing.orValue(5) == 5",
        "object.?spec.?name.hasValue() && object.spec[?'name'].value() == 'web'",
        "[1, 2, 3].sum() == 6 && [1.5, 2.5].sum() == 4.0 && ['b', 'a'].min() == 'a'",
        "[1, 2, 2].isSorted() && ['a', 'b'].indexOf('b') == 1",
        "'hello'.charAt(1) == 'e' && 'a,b'.split(',') == ['a', 'b'] && ['a', 'b'].join('-') =="
            + " 'a-b'",
        "'tacocat'.substring(4) == 'cat' && ' x '.trim() == 'x' && 'Ab'.lowerAscii() == 'ab'",
        "'%s is %d or %.2f'.format([dyn('x'), 3, 1.5]) == 'x is 3 or 1.50'",
        "'abc 123'.find('[0-9]+') == '123' && '1 2'.findAll('[0-9]') == ['1', '2']",
        "sets.contains([1, 2], [2]) && sets.intersects([1], [1, 2])",
        "url('https://a.b:80/p?q=1').getHost() == 'a.b:80' && isURL('/x') && !isURL('x')",
        "quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('500m').add(1) =="
            + " quantity('1500m')",
        "ip('::1').isLoopback() && ip('10.0.0.1').family() == 4 && !isIP('1.2.3')",
        "cidr('10.0.0.0/8').containsIP('10.1.2.3') && cidr('10.1.0.0/8').masked() =="
            + " cidr('10.0.0.0/8')",
        "semver('1.2.3').isLessThan(semver('1.10.0')) && isSemver('v1.2', true) && !isSemver('v1')",
        "format.dns1123Label().validate('a-b') == optional.none()",
        "format.named('uuid').hasValue() && format.uuid().validate('x').value() != []",
        "duration('1h30m').getMinutes() == 90 && timestamp('2026-01-01T00:00:00Z').getFullYear() =="
            + " 2026",
        "timestamp('2026-01-02T00:00:00Z') - timestamp('2026-01-01T00:00:00Z') == duration('24h')",
        "{'a': 1}.transformMap(k, v, v + 1) == {'a': 2} && [1, 2].all(i, v, v == i + 1)",
        "[3, 1].sort() == [1, 3] && [{'a': 2}, {'a': 1}].sortBy(x, x.a)[0].a == 1",
        "[[1], [2, 3]].flatten() == [1, 2, 3] && lists.range(3) == [0, 1, 2]",
        "optional.of(3).optMap(x, x + 1).value() == 4",
        "jsonpatch.escapeKey('a/b~c') == 'a~1b~0c'",
        "1 < 1.5 && 2u > 1 && dyn(1) == 1.0 && !(dyn('a') == 1)",
        "string(1.0) == '1' && string(1e6) == '1e+06' && double('1.5') == 1.5 && int('-3') == -3",
        "b'abc' == bytes('abc') && string(b'abc') == 'abc' && size('\\u00fc') == 1",
        "true || 1 / 0 == 1",
        "!(1 / 0 == 1 && false)",
        "[1, 2].exists(x, x / 0 == 1 || x == 2)"
      })
  void understands(String text) throws CelCompileException {
    assertThat(evaluate(text)).isEqualTo(true);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "object.spec.missing | no such key: missing",
        "object.spec.list[7] | index out of bounds: 7",
        "1 / 0 | division by zero",
        "1 % 0 | modulus by zero",
        "9223372036854775807 + 1 | integer overflow",
        "optional.none().value() | optional.none() dereference",
        "object.spec.name > 1 | no such overload",
        "quantity('x').sign | no such key: sign"
      })
  void tellsWhatIsWrong(String text, String message) {
    assertThatThrownBy(() -> evaluate("dyn(" + text + ")"))
        .satisfiesAnyOf(
            e -> assertThat(e).isInstanceOf(CelEvaluationException.class).hasMessage(message),
            e -> assertThat(e).isInstanceOf(CelCompileException.class));
  }

  @Test
  void tellsWhereATextDoesNotCompile() {
    assertThatThrownBy(() -> evaluate("foo + 1"))
        .isInstanceOf(CelCompileException.class)
        .hasMessage(
            """
            ERROR: <input>:1:1: undeclared reference to 'foo' (in container '')
             | foo + 1
             | ^\
            """);
    assertThatThrownBy(() -> evaluate("1 +"))
        .isInstanceOf(CelCompileException.class)
        .hasMessageStartingWith("ERROR: <input>:1:4: Syntax error: mismatched input '<EOF>'");
    assertThatThrownBy(() -> evaluate("1 + 'a'"))
        .hasMessageStartingWith(
            "ERROR: <input>:1:3: found no matching overload for '_+_' applied to '(int,"
                + " string)'\n");
  }

  @Test
  void readsTypedObjects() throws CelCompileException {
    ObjectNode schema =
        (ObjectNode)
            json(
                """
                {"type": "object", "properties": {
                  "namespace": {"type": "string"}, "a-b": {"type": "integer"},
                  "when": {"type": "string", "format": "date-time"},
                  "ratio": {"type": "number"}, "any": {"x-kubernetes-int-or-string": true},
                  "set": {"type": "array", "x-kubernetes-list-type": "set",
                          "items": {"type": "string"}}}}
                """);
    CelEnvironment environment =
        CelEnvironment.builder().variable("self", DeclType.ofCustom(schema, true)).build();
    Map<String, Object> variables = new HashMap<>();
    variables.put(
        "self",
        json(
            """
            {"apiVersion": "v1", "kind": "K", "metadata": {"name": "n"}, "namespace": "x",
             "a-b": 2, "when": "2026-01-01T00:00:00Z", "ratio": 1, "any": "50%",
             "set": ["b", "a"]}
            """));
    for (String text :
        new String[] {
          "self.__namespace__ == 'x' && self.a__dash__b == 2 && self.metadata.name == 'n'",
          "self.when.getFullYear() == 2026 && self.ratio < 1.5 && self.kind == 'K'",
          "type(self.any) == string && self.any == '50%'",
          "self.set == ['a', 'b'] && self.set + ['a', 'c'] == ['b', 'a', 'c']"
        }) {
      CelExpression expression = environment.compile(text, ResultType.BOOL);
      assertThat(expression.evaluate(variables, CostBudget.forObject())).as(text).isEqualTo(true);
    }
    assertThatThrownBy(() -> environment.compile("self.foo == 1", ResultType.BOOL))
        .hasMessageContaining("undefined field 'foo'");
  }

  @Test
  void makesObjects() throws CelCompileException {
    Object made =
        evaluate(
            "Object{spec: Object.spec{replicas: object.spec.replicas + 1, ?x: optional.none()}}");
    assertThat(Values.toJson(made).toString()).isEqualTo("{\"spec\":{\"replicas\":4}}");
    Object patches = evaluate("[JSONPatch{op: 'add', path: '/a', value: {'x': 1}}]");
    assertThat(Values.toJson(patches).toString())
        .isEqualTo("[{\"op\":\"add\",\"path\":\"/a\",\"value\":{\"x\":1}}]");
    assertThatThrownBy(() -> evaluate("Object{spec: Object.other{}}"))
        .hasMessageContaining("expected \"Object.spec\"");
  }

  @Test
  void stopsWhatTakesTooLong() {
    assertThatThrownBy(
            () ->
                evaluate(
                    "lists.range(1000).all(a, lists.range(1000).all(b, lists.range(1000).all(c, a +"
                        + " b + c >= 0)))"))
        .isInstanceOf(CostLimitException.class)
        .hasMessage("operation cancelled: actual cost limit exceeded");
  }
}
