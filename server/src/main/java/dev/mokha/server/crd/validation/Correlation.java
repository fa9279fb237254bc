package dev.mokha.server.crd.validation;

import dev.mokha.api.object.JsonEquality;
import tools.jackson.databind.JsonNode;

/** Finds what a part of an object was before a change. */
final class Correlation {
  private Correlation() {}

  /** The field's old value; null when there was none, or the map counts as one value. */
  static JsonNode field(JsonNode old, String name) {
    JsonNode value = old == null ? null : old.get(name);
    return value == null || value.isNull() ? null : value;
  }

  /**
   * The element's old value.
   *
   * @return null when there was none, or the list's elements are not told apart
   */
  static JsonNode element(SchemaNode schema, JsonNode old, JsonNode element) {
    if (old == null
        || !old.isArray()
        || schema.listKind != SchemaNode.ListKind.MAP
        || !element.isObject()) {
      return null;
    }
    for (JsonNode before : old) {
      if (sameKeys(schema, before, element)) {
        return before;
      }
    }
    return null;
  }

  private static boolean sameKeys(SchemaNode schema, JsonNode a, JsonNode b) {
    if (!a.isObject()) {
      return false;
    }
    for (String key : schema.listKeys) {
      JsonNode x = keyOf(schema, a, key);
      JsonNode y = keyOf(schema, b, key);
      if (x == null ? y != null : y == null || !JsonEquality.equal(x, y)) {
        return false;
      }
    }
    return true;
  }

  private static JsonNode keyOf(SchemaNode schema, JsonNode element, String key) {
    JsonNode value = element.get(key);
    if (value != null || schema.items == null) {
      return value;
    }
    SchemaNode field = schema.items.properties.get(key);
    return field == null ? null : field.source.get("default");
  }

  /** Whether nothing has changed. */
  static boolean unchanged(JsonNode old, JsonNode value) {
    return old != null && JsonEquality.equal(old, value);
  }
}
