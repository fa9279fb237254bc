package dev.mokha.api.managedfields;

import dev.mokha.api.object.Json;
import dev.mokha.api.schema.AnySchema;
import dev.mokha.api.schema.Field;
import dev.mokha.api.schema.ListSchema;
import dev.mokha.api.schema.MapSchema;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.api.schema.ScalarSchema;
import dev.mokha.api.schema.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Merges an applied configuration into a live object, as the schema says for each part. */
final class ApplyMerge {
  private ApplyMerge() {}

  static ObjectNode merge(ObjectNode live, ObjectNode config, ObjectSchema schema) {
    ObjectNode merged = live.deepCopy();
    object(merged, config, schema);
    return merged;
  }

  private static void object(ObjectNode target, ObjectNode config, ObjectSchema schema) {
    for (Map.Entry<String, JsonNode> entry : config.properties()) {
      Field field = schema.find(entry.getKey());
      JsonNode live = target.get(entry.getKey());
      JsonNode wanted = entry.getValue();
      target.set(
          entry.getKey(),
          field == null ? wanted : value(live, wanted, field.schema(), field.atomic()));
    }
  }

  private static JsonNode value(JsonNode live, JsonNode wanted, Schema schema, boolean atomic) {
    if (live == null || FieldWalk.isLeaf(schema, atomic, live, wanted)) {
      return wanted;
    }
    switch (schema) {
      case ObjectSchema object -> object((ObjectNode) live, (ObjectNode) wanted, object);
      case MapSchema map -> {
        for (Map.Entry<String, JsonNode> entry : wanted.properties()) {
          JsonNode old = live.get(entry.getKey());
          ((ObjectNode) live)
              .set(
                  entry.getKey(),
                  value(old, entry.getValue(), map.values(), FieldWalk.atomic(map.values())));
        }
      }
      case ListSchema list -> {
        return list(live, wanted, list);
      }
      case ScalarSchema _, AnySchema _ -> {
        return wanted;
      }
    }
    return live;
  }

  /**
   * Elements that both have come in the order of the configuration; those that only the live list
   * has keep their place before the next one that both have.
   */
  private static ArrayNode list(JsonNode live, JsonNode wanted, ListSchema schema) {
    Map<String, JsonNode> old = ListElements.index(live, schema);
    Map<String, JsonNode> applied = ListElements.index(wanted, schema);
    List<String> order = new ArrayList<>(old.keySet());
    boolean atomic = FieldWalk.atomic(schema.items());
    ArrayNode merged = Json.MAPPER.createArrayNode();
    int next = 0;
    for (Map.Entry<String, JsonNode> entry : applied.entrySet()) {
      JsonNode before = old.get(entry.getKey());
      if (before == null) {
        merged.add(entry.getValue());
        continue;
      }
      int place = order.indexOf(entry.getKey());
      for (; next < place; next++) {
        if (!applied.containsKey(order.get(next))) {
          merged.add(old.get(order.get(next)));
        }
      }
      next = Math.max(next, place + 1);
      merged.add(value(before, entry.getValue(), schema.items(), atomic));
    }
    for (; next < order.size(); next++) {
      if (!applied.containsKey(order.get(next))) {
        merged.add(old.get(order.get(next)));
      }
    }
    return merged;
  }
}
