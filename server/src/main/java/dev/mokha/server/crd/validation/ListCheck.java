package dev.mokha.server.crd.validation;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Lists that are sets or maps hold nothing twice ({@code x-kubernetes-list-type}). */
final class ListCheck {
  private ListCheck() {}

  static void check(SchemaNode schema, JsonNode value, Path path, Causes causes) {
    if (value.isArray()) {
      switch (schema.listKind) {
        case SET -> set(value, path, causes);
        case MAP -> map(schema, value, path, causes);
        case ATOMIC -> {}
      }
      if (schema.items != null) {
        for (int i = 0; i < value.size(); i++) {
          check(schema.items, value.get(i), path.index(i), causes);
        }
      }
    } else if (value.isObject()) {
      for (Map.Entry<String, JsonNode> e : value.properties()) {
        SchemaNode field = schema.properties.get(e.getKey());
        if (field != null) {
          check(field, e.getValue(), path.child(e.getKey()), causes);
        } else if (schema.additional != null) {
          check(schema.additional, e.getValue(), path.key(e.getKey()), causes);
        }
      }
    }
  }

  private static void set(JsonNode list, Path path, Causes causes) {
    Map<Object, Integer> seen = new HashMap<>();
    for (int i = 0; i < list.size(); i++) {
      if (seen.merge(comparable(list.get(i)), 1, Integer::sum) == 2) {
        causes.duplicate(path.index(i), list.get(i));
      }
    }
  }

  private static void map(SchemaNode schema, JsonNode list, Path path, Causes causes) {
    for (int i = 0; i < list.size(); i++) {
      if (!list.get(i).isObject() && !list.get(i).isNull()) {
        causes.invalid(
            path.index(i), list.get(i), "must be an object for an array of list-type map");
        return;
      }
    }
    Map<ObjectNode, Integer> seen = new HashMap<>();
    for (int i = 0; i < list.size(); i++) {
      ObjectNode key = JsonNodeFactory.instance.objectNode();
      for (String name : schema.listKeys.stream().sorted().toList()) {
        JsonNode part = list.get(i).get(name);
        if (part != null) {
          key.set(name, part);
        }
      }
      if (seen.merge(key, 1, Integer::sum) == 2) {
        causes.duplicate(path.index(i), key);
      }
    }
  }

  private static Object comparable(JsonNode value) {
    if (!value.isNumber()) {
      return value;
    }
    BigDecimal amount = value.decimalValue().stripTrailingZeros();
    return amount;
  }
}
