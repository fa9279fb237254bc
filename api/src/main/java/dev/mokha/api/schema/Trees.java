package dev.mokha.api.schema;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What the default rules need to read and write trees briefly. */
final class Trees {
  private Trees() {}

  /** The text of a field; empty when it is not given. */
  static String text(JsonNode node, String field) {
    JsonNode value = node.get(field);
    return value != null && value.isString() ? value.stringValue() : "";
  }

  static void textUnlessGiven(ObjectNode node, String field, String value) {
    if (text(node, field).isEmpty()) {
      node.put(field, value);
    }
  }

  static void numberUnlessGiven(ObjectNode node, String field, int value) {
    if (!node.has(field)) {
      node.put(field, value);
    }
  }

  /** The object in a field; a new empty one when it is not given. */
  static ObjectNode object(ObjectNode node, String field) {
    return node.get(field) instanceof ObjectNode given ? given : node.putObject(field);
  }

  static boolean isEmpty(JsonNode node, String field) {
    JsonNode value = node.get(field);
    return value == null || value.isEmpty();
  }

  /** Numbers of structs have no way to be "given but zero": zero stands for not given. */
  static void dropZeros(ObjectNode node, String... fields) {
    for (String field : fields) {
      JsonNode value = node.get(field);
      if (value != null && value.isNumber() && value.asInt() == 0) {
        node.remove(field);
      }
    }
  }
}
