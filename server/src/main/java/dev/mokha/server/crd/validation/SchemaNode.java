package dev.mokha.server.crd.validation;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One part of an {@code openAPIV3Schema}, read once for all objects that are judged by it.
 * Immutable.
 */
final class SchemaNode {
  /** How a list's elements are told apart. */
  enum ListKind {
    ATOMIC,
    SET,
    MAP
  }

  final ObjectNode source;
  final List<String> types;
  final boolean nullable;
  final boolean embedded;
  final boolean intOrString;
  final String format;
  final Double maximum;
  final Double minimum;
  final boolean exclusiveMaximum;
  final boolean exclusiveMinimum;
  final Double multipleOf;
  final long maxLength;
  final long minLength;
  final long maxItems;
  final long minItems;
  final long maxProperties;
  final long minProperties;
  final boolean uniqueItems;
  final Pattern pattern;
  final List<JsonNode> values;
  final List<String> required;
  final Map<String, SchemaNode> properties;
  final SchemaNode additional;
  final boolean forbidsAdditional;
  final SchemaNode items;
  final List<SchemaNode> allOf;
  final List<SchemaNode> anyOf;
  final List<SchemaNode> oneOf;
  final SchemaNode not;
  final ListKind listKind;
  final List<String> listKeys;
  final boolean atomicMap;
  final RuleSet rules;
  final boolean hasRules;

  /** Reads a schema that was validated. */
  static SchemaNode of(ObjectNode openApi) {
    return new SchemaNode(openApi, true);
  }

  private SchemaNode(ObjectNode openApi, boolean root) {
    this.source = openApi;
    this.intOrString = openApi.path("x-kubernetes-int-or-string").asBoolean(false);
    String type = openApi.path("type").asString("");
    this.types =
        intOrString ? List.of("integer", "string") : type.isEmpty() ? List.of() : List.of(type);
    this.nullable = openApi.path("nullable").asBoolean(false);
    this.embedded = openApi.path("x-kubernetes-embedded-resource").asBoolean(false);
    this.format = openApi.path("format").asString("");
    this.maximum = number(openApi, "maximum");
    this.minimum = number(openApi, "minimum");
    this.exclusiveMaximum = openApi.path("exclusiveMaximum").asBoolean(false);
    this.exclusiveMinimum = openApi.path("exclusiveMinimum").asBoolean(false);
    this.multipleOf = number(openApi, "multipleOf");
    this.maxLength = openApi.path("maxLength").asLong(Long.MAX_VALUE);
    this.minLength = openApi.path("minLength").asLong(0);
    this.maxItems = openApi.path("maxItems").asLong(Long.MAX_VALUE);
    this.minItems = openApi.path("minItems").asLong(0);
    this.maxProperties = openApi.path("maxProperties").asLong(Long.MAX_VALUE);
    this.minProperties = openApi.path("minProperties").asLong(0);
    this.uniqueItems = openApi.path("uniqueItems").asBoolean(false);
    this.pattern = pattern(openApi.path("pattern").asString(""));
    List<JsonNode> allowed = new ArrayList<>();
    openApi.path("enum").forEach(allowed::add);
    this.values = List.copyOf(allowed);
    this.required = strings(openApi.path("required"));
    Map<String, SchemaNode> fields = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> e : openApi.path("properties").properties()) {
      if (e.getValue() instanceof ObjectNode o) {
        fields.put(e.getKey(), new SchemaNode(o, false));
      }
    }
    this.properties = fields;
    JsonNode others = openApi.path("additionalProperties");
    this.additional = others instanceof ObjectNode o ? new SchemaNode(o, false) : null;
    this.forbidsAdditional = others.isBoolean() && !others.booleanValue();
    this.items = openApi.get("items") instanceof ObjectNode o ? new SchemaNode(o, false) : null;
    this.allOf = all(openApi.path("allOf"));
    this.anyOf = all(openApi.path("anyOf"));
    this.oneOf = all(openApi.path("oneOf"));
    this.not = openApi.get("not") instanceof ObjectNode o ? new SchemaNode(o, false) : null;
    this.listKind =
        switch (openApi.path("x-kubernetes-list-type").asString("")) {
          case "set" -> ListKind.SET;
          case "map" -> ListKind.MAP;
          default -> ListKind.ATOMIC;
        };
    this.listKeys = strings(openApi.path("x-kubernetes-list-map-keys"));
    this.atomicMap = openApi.path("x-kubernetes-map-type").asString("").equals("atomic");
    this.rules =
        openApi.path("x-kubernetes-validations").isEmpty()
            ? null
            : new RuleSet(openApi, root || embedded);
    this.hasRules =
        rules != null
            || (items != null && items.hasRules)
            || (additional != null && additional.hasRules)
            || fields.values().stream().anyMatch(f -> f.hasRules);
  }

  private static List<SchemaNode> all(JsonNode list) {
    List<SchemaNode> nodes = new ArrayList<>();
    for (JsonNode node : list) {
      if (node instanceof ObjectNode o) {
        nodes.add(new SchemaNode(o, false));
      }
    }
    return List.copyOf(nodes);
  }

  private static Double number(ObjectNode openApi, String field) {
    JsonNode value = openApi.path(field);
    return value.isNumber() ? value.doubleValue() : null;
  }

  private static Pattern pattern(String regex) {
    if (regex.isEmpty()) {
      return null;
    }
    try {
      return Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      return null; // The definition's own validation tells of it.
    }
  }

  private static List<String> strings(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(t -> texts.add(t.asString("")));
    return List.copyOf(texts);
  }
}
