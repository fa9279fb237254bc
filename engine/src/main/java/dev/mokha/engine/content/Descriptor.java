package dev.mokha.engine.content;

import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Points at content (OCI image spec, section descriptors).
 *
 * @param mediaType what it is
 * @param digest its digest
 * @param size its length in bytes; -1 when unknown
 * @param architecture the platform it is for; empty when not said
 * @param os the same
 * @param variant the same
 * @param annotations notes
 */
public record Descriptor(
    String mediaType,
    Digest digest,
    long size,
    String architecture,
    String os,
    String variant,
    Map<String, String> annotations) {
  /** Copies the annotations. */
  public Descriptor {
    annotations = Map.copyOf(annotations);
  }

  /** One without platform and notes. */
  public static Descriptor of(String mediaType, Digest digest, long size) {
    return new Descriptor(mediaType, digest, size, "", "", "", Map.of());
  }

  static Descriptor read(JsonNode node) {
    JsonNode platform = node.path("platform");
    Map<String, String> annotations = new LinkedHashMap<>();
    node.path("annotations")
        .properties()
        .forEach(entry -> annotations.put(entry.getKey(), entry.getValue().asString("")));
    return new Descriptor(
        node.path("mediaType").asString(""),
        Digest.parse(node.path("digest").asString("")),
        node.path("size").asLong(-1),
        platform.path("architecture").asString(""),
        platform.path("os").asString(""),
        platform.path("variant").asString(""),
        annotations);
  }

  /** As JSON, without platform. */
  public ObjectNode toJson() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("mediaType", mediaType);
    node.put("digest", digest.toString());
    node.put("size", size);
    if (!annotations.isEmpty()) {
      ObjectNode notes = node.putObject("annotations");
      annotations.forEach(notes::put);
    }
    return node;
  }
}
