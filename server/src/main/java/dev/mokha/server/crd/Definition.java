package dev.mokha.server.crd;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A CustomResourceDefinition as it is stored, read once per revision.
 *
 * @param object the object
 * @param tree its tree; shared, so read only
 */
record Definition(KubeObject object, ObjectNode tree) {
  static final String FINALIZER = "customresourcecleanup.apiextensions.k8s.io";

  Definition {
    requireNonNull(object, "object");
    requireNonNull(tree, "tree");
  }

  static Definition of(KubeObject object) {
    return new Definition(object, object.toTree());
  }

  /** Such as {@code crontabs.stable.example.com}. */
  String name() {
    return object.name();
  }

  String group() {
    return spec().path("group").asString("");
  }

  boolean namespaced() {
    return spec().path("scope").asString("").equals("Namespaced");
  }

  JsonNode spec() {
    return tree.path("spec");
  }

  JsonNode status() {
    return tree.path("status");
  }

  JsonNode versions() {
    return spec().path("versions");
  }

  /** The version that objects are stored in. */
  String storageVersion() {
    for (JsonNode v : versions()) {
      if (v.path("storage").asBoolean(false)) {
        return v.path("name").asString("");
      }
    }
    return "";
  }

  /** Whether a condition is there and true. */
  boolean is(String condition) {
    return status(condition).equals("True");
  }

  /** {@code True}, {@code False}, or empty when the condition is not there. */
  String status(String condition) {
    for (JsonNode c : status().path("conditions")) {
      if (c.path("type").asString("").equals(condition)) {
        return c.path("status").asString("");
      }
    }
    return "";
  }

  boolean isDeleting() {
    return object.isDeleting();
  }

  boolean hasFinalizer() {
    for (JsonNode f : tree.path("metadata").path("finalizers")) {
      if (f.asString("").equals(FINALIZER)) {
        return true;
      }
    }
    return false;
  }

  static List<String> texts(JsonNode array) {
    List<String> all = new ArrayList<>();
    array.forEach(v -> all.add(v.asString("")));
    return all;
  }
}
