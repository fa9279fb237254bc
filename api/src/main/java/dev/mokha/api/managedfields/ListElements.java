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
      return "v:" + text(element);
    }
    List<String> names = schema.keys();
    StringBuilder keys = new StringBuilder("k:{");
    for (String name : names.size() < 2 ? names : names.stream().sorted().toList()) {
      JsonNode value = key(element, name, schema);
      if (value != null) {
        keys.append(keys.length() > 3 ? "," : "").append('"').append(name).append("\":");
        keys.append(text(value));
      }
    }
    return keys.append('}').toString();
  }

  /** JSON of a value; keys are nearly always plain words or small numbers. */
  private static String text(JsonNode value) {
    if (value.isString() && value.stringValue().chars().allMatch(ListElements::isPlain)) {
      return "\"" + value.stringValue() + "\"";
    }
    return value.isInt() ? Integer.toString(value.intValue()) : Json.text(value);
  }

  private static boolean isPlain(int c) {
    return c >= ' ' && c < 127 && c != '"' && c != '\\';
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
