package dev.mokha.api.managedfields;

import dev.mokha.api.object.Json;
import dev.mokha.api.schema.Field;
import dev.mokha.api.schema.ListSchema;
import dev.mokha.api.schema.ListType;
import dev.mokha.api.schema.ObjectSchema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Tells the elements of a set or of a list with keys apart. */
final class ListElements {
  private ListElements() {}

  /** Whether elements are owned one by one. */
  static boolean associative(ListSchema schema) {
    return schema.type() == ListType.SET || schema.type() == ListType.MAP;
  }

  /** The elements by their path element, in their order; of two with the same keys the first. */
  static Map<String, JsonNode> index(JsonNode list, ListSchema schema) {
    Map<String, JsonNode> index = LinkedHashMap.newLinkedHashMap(list == null ? 0 : list.size());
    if (list != null) {
      for (JsonNode element : list) {
        index.putIfAbsent(element(element, schema), element);
      }
    }
    return index;
  }

  /** {@code k:{"name":"web"}} or {@code v:"blue"}. */
  static String element(JsonNode element, ListSchema schema) {
    if (schema.type() == ListType.SET) {
      return "v:" + Json.text(element);
    }
    ObjectNode keys = Json.MAPPER.createObjectNode();
    List<String> names = schema.keys();
    for (String name : names.size() < 2 ? names : names.stream().sorted().toList()) {
      JsonNode value = key(element, name, schema);
      if (value != null) {
        keys.set(name, value);
      }
    }
    return "k:" + Json.text(keys);
  }

  /** The value of a key, by default if the schema has one; null for none. */
  static JsonNode key(JsonNode element, String name, ListSchema schema) {
    JsonNode value = element.get(name);
    if (value != null && !value.isNull()) {
      return value;
    }
    if (schema.items() instanceof ObjectSchema object) {
      Field field = object.find(name);
      return field == null ? null : field.defaultValue().orElse(null);
    }
    return null;
  }
}
