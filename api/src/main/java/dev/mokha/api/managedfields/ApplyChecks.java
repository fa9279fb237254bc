package dev.mokha.api.managedfields;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.schema.AnySchema;
import dev.mokha.api.schema.Field;
import dev.mokha.api.schema.ListSchema;
import dev.mokha.api.schema.ListType;
import dev.mokha.api.schema.MapSchema;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.api.schema.ScalarSchema;
import dev.mokha.api.schema.Schema;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Refuses configurations whose list elements can't be told apart. */
final class ApplyChecks {
  private ApplyChecks() {}

  static void check(JsonNode config, ObjectSchema schema) {
    value(config, schema, "");
  }

  private static void value(JsonNode value, Schema schema, String path) {
    switch (schema) {
      case ObjectSchema object -> {
        for (Map.Entry<String, JsonNode> entry : value.properties()) {
          Field field = object.find(entry.getKey());
          if (field != null) {
            value(entry.getValue(), field.schema(), path + "." + entry.getKey());
          }
        }
      }
      case MapSchema map -> {
        for (Map.Entry<String, JsonNode> entry : value.properties()) {
          value(entry.getValue(), map.values(), path + "." + entry.getKey());
        }
      }
      case ListSchema list when ListElements.associative(list) && value.isArray() ->
          elements(value, list, path);
      case ListSchema _, ScalarSchema _, AnySchema _ -> {}
    }
  }

  private static void elements(JsonNode list, ListSchema schema, String path) {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < list.size(); i++) {
      JsonNode element = list.get(i);
      if (schema.type() == ListType.MAP) {
        for (String key : schema.keys()) {
          if (ListElements.key(element, key, schema) == null) {
            throw refuse(
                path,
                ("element %d: associative list with keys has an element that omits key field"
                        + " \"%s\" (and doesn't have default value)")
                    .formatted(i, key));
          }
        }
      }
      String name = ListElements.element(element, schema);
      if (!seen.add(name)) {
        String shown =
            schema.type() == ListType.SET
                ? Json.text(element)
                : "[" + keys(name.substring(2)) + "]";
        throw refuse(path, "duplicate entries for key " + shown);
      }
      value(element, schema.items(), path + "[" + i + "]");
    }
  }

  private static String keys(String json) {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, JsonNode> key : Json.MAPPER.readTree(json).properties()) {
      text.append(text.isEmpty() ? "" : ",");
      text.append(key.getKey()).append('=').append(Json.text(key.getValue()));
    }
    return text.toString();
  }

  private static StatusException refuse(String path, String why) {
    return StatusException.badRequest(
        "failed to create typed patch object: errors:\n  " + path + ": " + why);
  }
}
