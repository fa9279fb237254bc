package dev.mokha.api.object;

import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The few fields that every layer asks an object for, read in one pass over its bytes without a
 * tree. The pass also proves that the bytes are one JSON object and nothing after it.
 */
final class Metadata {
  String apiVersion = "";
  String kind = "";
  String namespace = "";
  String name = "";
  String uid = "";
  String resourceVersion = "";
  String deletionTimestamp = "";
  long generation;
  Map<String, String> labels = Map.of();

  private Metadata() {}

  static Metadata read(byte[] json) {
    Metadata metadata = new Metadata();
    try (JsonParser parser = Json.MAPPER.createParser(json)) {
      JsonToken first = parser.nextToken();
      if (first != JsonToken.START_OBJECT) {
        throw new IllegalArgumentException(
            "expected a JSON object, found " + (first == null ? "nothing" : first));
      }
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String field = parser.currentName();
        JsonToken value = parser.nextToken();
        switch (field) {
          case "apiVersion" -> metadata.apiVersion = shared(parser, value);
          case "kind" -> metadata.kind = shared(parser, value);
          case "metadata" -> metadata.readMeta(parser, value);
          default -> parser.skipChildren();
        }
      }
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException("found more after the end of the JSON object");
      }
    }
    return metadata;
  }

  /** The same from a tree, where the caller has one. */
  static Metadata of(ObjectNode tree) {
    Metadata metadata = new Metadata();
    metadata.apiVersion = RecentTexts.shared(text(tree, "apiVersion"));
    metadata.kind = RecentTexts.shared(text(tree, "kind"));
    JsonNode meta = tree.path("metadata");
    metadata.namespace = RecentTexts.shared(text(meta, "namespace"));
    metadata.name = text(meta, "name");
    metadata.uid = text(meta, "uid");
    metadata.resourceVersion = text(meta, "resourceVersion");
    metadata.deletionTimestamp = text(meta, "deletionTimestamp");
    metadata.generation = meta.path("generation").asLong(0);
    JsonNode labels = meta.path("labels");
    if (!labels.isEmpty()) {
      Map<String, String> read = LinkedHashMap.newLinkedHashMap(labels.size());
      for (String key : labels.propertyNames()) {
        read.put(RecentTexts.shared(key), RecentTexts.shared(text(labels, key)));
      }
      metadata.labels = Map.copyOf(read);
    }
    return metadata;
  }

  private static String text(JsonNode node, String field) {
    JsonNode value = node.get(field);
    return value == null || !value.isString() ? "" : value.stringValue();
  }

  private void readMeta(JsonParser parser, JsonToken start) {
    if (start != JsonToken.START_OBJECT) {
      parser.skipChildren();
      return;
    }
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String field = parser.currentName();
      JsonToken value = parser.nextToken();
      switch (field) {
        case "namespace" -> namespace = shared(parser, value);
        case "name" -> name = text(parser, value);
        case "uid" -> uid = text(parser, value);
        case "resourceVersion" -> resourceVersion = text(parser, value);
        case "deletionTimestamp" -> deletionTimestamp = text(parser, value);
        case "generation" -> generation = value.isNumeric() ? parser.getLongValue() : 0;
        case "labels" -> labels = readLabels(parser, value);
        default -> parser.skipChildren();
      }
    }
  }

  private static Map<String, String> readLabels(JsonParser parser, JsonToken start) {
    if (start != JsonToken.START_OBJECT) {
      parser.skipChildren();
      return Map.of();
    }
    Map<String, String> read = LinkedHashMap.newLinkedHashMap(4);
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = RecentTexts.shared(parser.currentName());
      JsonToken value = parser.nextToken();
      read.put(key, shared(parser, value));
    }
    return Map.copyOf(read);
  }

  private static String shared(JsonParser parser, JsonToken value) {
    return RecentTexts.shared(text(parser, value));
  }

  private static String text(JsonParser parser, JsonToken value) {
    if (value.isStructStart()) {
      parser.skipChildren();
      return "";
    }
    return value == JsonToken.VALUE_STRING ? parser.getString() : "";
  }
}
