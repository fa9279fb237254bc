package dev.mokha.server.storage;

import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An object ready to be stored: its canonical text, and what the cache will need of its tree, so
 * that the tree need not be parsed again when the store reports the write.
 *
 * @param object without resourceVersion; kind, apiVersion and metadata come first in its text
 * @param value the stored value
 */
record Prepared(KubeObject object, byte[] value) {

  /** What is to be stored under that key of the store. */
  static Prepared of(StoredValues values, StorageResource resource, String key, ObjectNode tree) {
    KubeObject object = object(resource, tree);
    return new Prepared(object, values.write(resource, key, object.json()));
  }

  /** The object in its canonical form. */
  static KubeObject object(StorageResource resource, ObjectNode tree) {
    ObjectNode ordered = Json.MAPPER.createObjectNode();
    ordered.put("kind", resource.stored().kind());
    ordered.put("apiVersion", resource.stored().apiVersion());
    JsonNode metadata = tree.get("metadata");
    if (metadata instanceof ObjectNode m && m.has("resourceVersion")) {
      ObjectNode without = m.objectNode();
      without.setAll(m);
      without.remove("resourceVersion");
      metadata = without;
    }
    ordered.set("metadata", metadata == null ? Json.MAPPER.createObjectNode() : metadata);
    for (Map.Entry<String, JsonNode> e : tree.properties()) {
      switch (e.getKey()) {
        case "kind", "apiVersion", "metadata" -> {}
        default -> ordered.set(e.getKey(), e.getValue());
      }
    }
    return KubeObject.of(ordered, Json.bytes(ordered));
  }

  /** The same from a stored value. */
  static Prepared read(StoredValues values, String key, byte[] value) {
    return new Prepared(KubeObject.parse(values.read(key, value)), value);
  }

  StoredObject at(String key, long revision) {
    return new StoredObject(key, object.withResourceVersion(Long.toString(revision)), revision);
  }
}
