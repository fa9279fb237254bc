package dev.mokha.api.managedfields;

import dev.mokha.api.schema.AnySchema;
import dev.mokha.api.schema.Field;
import dev.mokha.api.schema.ListSchema;
import dev.mokha.api.schema.MapSchema;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.api.schema.ScalarSchema;
import dev.mokha.api.schema.Schema;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Removes what a manager applied before and no longer does, unless somebody else owns it. */
final class ApplyPruning {
  private ApplyPruning() {}

  /**
   * Prunes in place.
   *
   * @param last what the manager owned before
   * @param owned what anybody owns now, the manager too
   */
  static void prune(ObjectNode merged, FieldSet last, FieldSet owned, ObjectSchema schema) {
    // The object's identity is in metadata, so that stays whatever becomes of its other fields.
    FieldSet metadata = new FieldSet();
    metadata.child("f:metadata");
    if (!last.isEmpty()) {
      below(merged, last, owned.union(metadata), schema);
    }
  }

  /** Looks at every path of the last set below this one. */
  private static void below(JsonNode value, FieldSet last, FieldSet owned, Schema schema) {
    for (Map.Entry<String, FieldSet> entry : last.children().entrySet()) {
      String element = entry.getKey();
      FieldSet theirs = owned.children().get(element);
      JsonNode child = find(value, element, schema);
      if (child == null) {
        continue;
      }
      boolean wasOwned = entry.getValue().isMember() || isNamedField(element, schema);
      if (theirs == null && wasOwned) {
        remove(value, element, child);
      } else {
        below(
            child,
            entry.getValue(),
            theirs == null ? new FieldSet() : theirs,
            childSchema(element, schema));
      }
    }
  }

  /** A field that a type names goes with the last thing in it; an entry of a map does not. */
  private static boolean isNamedField(String element, Schema schema) {
    return element.startsWith("f:")
        && schema instanceof ObjectSchema object
        && object.find(element.substring(2)) != null;
  }

  private static JsonNode find(JsonNode value, String element, Schema schema) {
    if (element.startsWith("f:")) {
      return value.get(element.substring(2));
    }
    return schema instanceof ListSchema list && value.isArray()
        ? ListElements.index(value, list).get(element)
        : null;
  }

  private static void remove(JsonNode value, String element, JsonNode child) {
    switch (value) {
      case ObjectNode object -> object.remove(element.substring(2));
      case ArrayNode array -> {
        for (int i = 0; i < array.size(); i++) {
          if (array.get(i) == child) {
            array.remove(i);
            return;
          }
        }
      }
      default -> {}
    }
  }

  private static Schema childSchema(String element, Schema schema) {
    return switch (schema) {
      case ObjectSchema object -> {
        Field field = object.find(element.substring(2));
        yield field == null ? AnySchema.of(AnySchema.Kind.JSON) : field.schema();
      }
      case MapSchema map -> map.values();
      case ListSchema list -> list.items();
      case ScalarSchema _, AnySchema _ -> schema;
    };
  }
}
