package dev.mokha.server.crd.validation;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Defaults keep to their own schema: they have no unknown fields and break none of its rules. */
final class DefaultRules {
  private final Causes causes = new Causes();

  private DefaultRules() {}

  static Causes check(SchemaNode schema, Path path) {
    DefaultRules rules = new DefaultRules();
    rules.walk(schema, path, true, false);
    return rules.causes;
  }

  private void walk(SchemaNode schema, Path path, boolean root, boolean insideMeta) {
    boolean meta = insideMeta && !schema.embedded;
    JsonNode value = schema.source.get("default");
    if (value != null && !value.isNull()) {
      value(schema, value, path.child("default"), meta);
    }
    if (schema.items != null) {
      walk(schema.items, path.child("items"), false, meta);
    }
    for (Map.Entry<String, SchemaNode> e : schema.properties.entrySet()) {
      boolean toMeta =
          (root || schema.embedded)
              && switch (e.getKey()) {
                case "apiVersion", "kind", "metadata" -> true;
                default -> false;
              };
      walk(e.getValue(), path.child("properties").key(e.getKey()), false, meta || toMeta);
    }
    if (schema.additional != null) {
      walk(schema.additional, path.child("additionalProperties"), false, meta);
    }
  }

  private void value(SchemaNode schema, JsonNode value, Path path, boolean meta) {
    if (!meta && hasUnknown(schema, value)) {
      causes.invalid(path, value, "must not have unknown fields");
    }
    int before = causes.size();
    if (!meta) {
      EmbeddedCheck.check(schema, value, path, causes);
    }
    if (causes.size() == before) {
      ValueCheck.create(schema, value, path.asBegin(), causes);
    }
    if (causes.size() == before && schema.hasRules) {
      RuleCheck.check(schema, value, value, path, causes);
      if (causes.size() == before) {
        RuleCheck.check(schema, value, null, path, causes);
      }
    }
  }

  /** Whether pruning would take something away. */
  private static boolean hasUnknown(SchemaNode schema, JsonNode value) {
    if (value instanceof ObjectNode object) {
      boolean keeps =
          schema.source.path("x-kubernetes-preserve-unknown-fields").asBoolean(false)
              || schema.source.path("additionalProperties").asBoolean(false);
      for (Map.Entry<String, JsonNode> e : object.properties()) {
        SchemaNode field = schema.properties.get(e.getKey());
        if (field == null) {
          field = schema.additional;
        }
        boolean typeOfWhole =
            schema.embedded
                && switch (e.getKey()) {
                  case "apiVersion", "kind", "metadata" -> true;
                  default -> false;
                };
        if (field == null ? !keeps && !typeOfWhole : hasUnknown(field, e.getValue())) {
          return true;
        }
      }
    } else if (value.isArray() && schema.items != null) {
      for (JsonNode element : value) {
        if (hasUnknown(schema.items, element)) {
          return true;
        }
      }
    }
    return false;
  }
}
