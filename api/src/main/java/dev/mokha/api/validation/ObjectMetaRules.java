package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** The rules for {@code metadata}, the same for every kind but for the name. */
final class ObjectMetaRules {
  private static final int ANNOTATION_BYTES = 256 * 1024;
  private static final Set<String> BUILTIN_FINALIZERS =
      Set.of("foregroundDeletion", "orphan", "kubernetes");

  private ObjectMetaRules() {}

  static void checkState(JsonNode meta, NameRule rule, FieldErrors errors) {
    String generate = meta.path("generateName").asString("");
    if (!generate.isEmpty()) {
      errors.invalid("metadata.generateName", generate, rule.checkPrefix(generate));
    }
    String name = meta.path("name").asString("");
    if (name.isEmpty()) {
      errors.required("metadata.name", "name or generateName is required");
    } else {
      errors.invalid("metadata.name", name, rule.check(name));
    }
    String namespace = meta.path("namespace").asString("");
    if (!namespace.isEmpty()) {
      errors.invalid("metadata.namespace", namespace, Names.dns1123Label(namespace));
    }
    if (meta.path("generation").asLong(0) < 0) {
      errors.invalid(
          "metadata.generation", meta.path("generation"), "must be greater than or equal to 0");
    }
    checkRest(meta, rule, errors);
  }

  private static void checkRest(JsonNode meta, NameRule rule, FieldErrors errors) {
    labels(meta.path("labels"), "metadata.labels", errors);
    annotations(meta.path("annotations"), "metadata.annotations", errors);
    ownerReferences(meta.path("ownerReferences"), errors);
    finalizers(meta.path("finalizers"), rule, errors);
  }

  static void checkChange(JsonNode meta, JsonNode old, NameRule rule, FieldErrors errors) {
    immutable(meta, old, "name", errors);
    immutable(meta, old, "namespace", errors);
    immutable(meta, old, "uid", errors);
    immutable(meta, old, "creationTimestamp", errors);
    if (!old.path("deletionTimestamp").isMissingNode()) {
      immutable(meta, old, "deletionTimestamp", errors);
      newFinalizers(meta.path("finalizers"), old.path("finalizers"), errors);
    }
    if (meta.path("generation").asLong(0) < old.path("generation").asLong(0)) {
      errors.invalid("metadata.generation", meta.path("generation"), "must not be decremented");
    }
    checkRest(meta, rule, errors);
  }

  private static void newFinalizers(JsonNode now, JsonNode before, FieldErrors errors) {
    Set<String> known = new HashSet<>();
    before.forEach(f -> known.add(f.asString("")));
    List<String> added = new ArrayList<>();
    for (JsonNode finalizer : now) {
      if (!known.contains(finalizer.asString(""))) {
        added.add(finalizer.asString(""));
      }
    }
    if (!added.isEmpty()) {
      errors.forbidden(
          "metadata.finalizers",
          "no new finalizers can be added if the object is being deleted, found new finalizers "
              + "[]string{\""
              + String.join("\", \"", added)
              + "\"}");
    }
  }

  private static void immutable(JsonNode meta, JsonNode old, String field, FieldErrors errors) {
    JsonNode before = old.path(field);
    if (!before.isMissingNode() && !before.isNull() && !before.equals(meta.path(field))) {
      JsonNode now = meta.path(field);
      errors.invalid("metadata." + field, now.isMissingNode() ? "" : now, "field is immutable");
    }
  }

  /** Keys and values of labels, also of templates and selectors. */
  static void labels(JsonNode labels, String path, FieldErrors errors) {
    for (Map.Entry<String, JsonNode> label : labels.properties()) {
      errors.invalid(path, label.getKey(), Names.qualifiedName(label.getKey()));
      String value = label.getValue().asString("");
      errors.invalid(path, value, Names.labelValue(value));
    }
  }

  /** Keys of annotations and the size of all together. */
  static void annotations(JsonNode annotations, String path, FieldErrors errors) {
    long total = 0;
    for (Map.Entry<String, JsonNode> annotation : annotations.properties()) {
      String key = annotation.getKey();
      errors.invalid(path, key, Names.qualifiedName(key.toLowerCase(Locale.ROOT)));
      total += bytes(key) + bytes(annotation.getValue().asString(""));
    }
    if (total > ANNOTATION_BYTES) {
      errors.tooLong(path, ANNOTATION_BYTES);
    }
  }

  private static int bytes(String text) {
    return text.length() < 64 ? text.length() : text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static void ownerReferences(JsonNode owners, FieldErrors errors) {
    String controller = null;
    for (int i = 0; i < owners.size(); i++) {
      JsonNode owner = owners.get(i);
      String path = "metadata.ownerReferences[" + i + "]";
      String apiVersion = owner.path("apiVersion").asString("");
      String kind = owner.path("kind").asString("");
      if (apiVersion.isEmpty() || apiVersion.endsWith("/")) {
        errors.invalid(
            "metadata.ownerReferences.apiVersion", apiVersion, "version must not be empty");
      }
      for (String field : List.of("kind", "name", "uid")) {
        if (owner.path(field).asString("").isEmpty()) {
          errors.invalid("metadata.ownerReferences." + field, "", "must not be empty");
        }
      }
      if (apiVersion.equals("v1") && kind.equals("Event")) {
        errors.invalid(path, kindText(owner), "/v1, Kind=Event is disallowed from being an owner");
      }
      if (owner.path("controller").asBoolean(false)) {
        String name = kind + "/" + owner.path("name").asString("");
        if (controller != null) {
          errors.invalid(
              "metadata.ownerReferences",
              owners,
              ("Only one reference can have Controller set to true. Found \"true\" in references"
                      + " for %s and %s")
                  .formatted(controller, name));
        } else {
          controller = name;
        }
      }
    }
  }

  private static String kindText(JsonNode owner) {
    return owner.path("kind").asString("") + "/" + owner.path("name").asString("");
  }

  private static void finalizers(JsonNode finalizers, NameRule rule, FieldErrors errors) {
    boolean orphan = false;
    boolean foreground = false;
    for (int i = 0; i < finalizers.size(); i++) {
      String finalizer = finalizers.get(i).asString("");
      String path = "metadata.finalizers[" + i + "]";
      List<String> wrong = Names.qualifiedName(finalizer);
      errors.invalid("metadata.finalizers", finalizer, wrong);
      if (rule != NameRule.SUBDOMAIN_OF_EXTENSION
          && finalizer.indexOf('/') < 0
          && !BUILTIN_FINALIZERS.contains(finalizer)) {
        errors.invalid(
            path, finalizer, "name is neither a standard finalizer name nor is it fully qualified");
      }
      orphan |= finalizer.equals("orphan");
      foreground |= finalizer.equals("foregroundDeletion");
    }
    if (orphan && foreground) {
      errors.invalid(
          "metadata.finalizers",
          finalizers,
          "finalizer orphan and foregroundDeletion cannot be both set");
    }
  }
}
