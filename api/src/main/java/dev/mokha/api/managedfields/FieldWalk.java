package dev.mokha.api.managedfields;

import dev.mokha.api.object.JsonEquality;
import dev.mokha.api.schema.AnySchema;
import dev.mokha.api.schema.Field;
import dev.mokha.api.schema.ListSchema;
import dev.mokha.api.schema.MapSchema;
import dev.mokha.api.schema.MapType;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.api.schema.ScalarSchema;
import dev.mokha.api.schema.Schema;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Makes sets of fields from trees: of all fields, or of those in which two trees differ. */
final class FieldWalk {
  /** Nobody owns what identifies the object and what the server keeps. */
  private static final Set<String> UNOWNED = Set.of("apiVersion", "kind");

  private static final Set<String> UNOWNED_METADATA =
      Set.of(
          "name",
          "namespace",
          "creationTimestamp",
          "selfLink",
          "uid",
          "clusterName",
          "generation",
          "managedFields",
          "resourceVersion");

  /** Parts that a kind always has, so that only what is in them can be new. */
  private static final Set<String> ALWAYS_THERE =
      Set.of(
          "f:metadata",
          "f:spec",
          "f:status",
          "f:template",
          "f:strategy",
          "f:updateStrategy",
          "f:containers");

  private FieldWalk() {}

  /**
   * What is different in a tree.
   *
   * @param changed fields that are new or have another value
   * @param removed fields that are gone
   */
  record Difference(FieldSet changed, FieldSet removed) {
    boolean isEmpty() {
      return changed.isEmpty() && removed.isEmpty();
    }
  }

  /** What differs between two states of an object; the older may be null. */
  static Difference difference(
      JsonNode old, ObjectNode updated, ObjectSchema schema, Set<String> ignored) {
    Difference difference = new Difference(new FieldSet(), new FieldSet());
    Comparison comparison = new Comparison();
    for (Field field : schema.fields()) {
      String name = field.name();
      if (UNOWNED.contains(name) || ignored.contains(name)) {
        continue;
      }
      JsonNode before = old == null ? null : old.get(name);
      JsonNode now = updated.get(name);
      if (name.equals("metadata") && field.schema() instanceof ObjectSchema metadata) {
        FieldSet changed = difference.changed.child("f:metadata");
        FieldSet removed = difference.removed.child("f:metadata");
        for (Field part : metadata.fields()) {
          if (!UNOWNED_METADATA.contains(part.name())) {
            comparison.field(
                part, get(before, part.name()), get(now, part.name()), changed, removed);
          }
        }
        difference.changed.dropEmpty("f:metadata");
        difference.removed.dropEmpty("f:metadata");
      } else {
        comparison.field(field, before, now, difference.changed, difference.removed);
      }
    }
    return difference;
  }

  private static JsonNode get(JsonNode node, String field) {
    return node == null ? null : node.get(field);
  }

  /** All fields of an applied configuration. */
  static FieldSet all(ObjectNode config, ObjectSchema schema, Set<String> ignored) {
    FieldSet set = new FieldSet();
    for (Map.Entry<String, JsonNode> entry : config.properties()) {
      String name = entry.getKey();
      Field field = schema.find(name);
      if (field == null || UNOWNED.contains(name) || ignored.contains(name)) {
        continue;
      }
      if (name.equals("metadata") && field.schema() instanceof ObjectSchema metadata) {
        FieldSet child = set.child("f:metadata");
        for (Map.Entry<String, JsonNode> part : entry.getValue().properties()) {
          Field metadataField = metadata.find(part.getKey());
          if (metadataField != null && !UNOWNED_METADATA.contains(part.getKey())) {
            collect(
                metadataField.schema(),
                metadataField.atomic(),
                part.getValue(),
                child,
                "f:" + part.getKey());
          }
        }
        set.dropEmpty("f:metadata");
      } else {
        collect(field.schema(), field.atomic(), entry.getValue(), set, "f:" + name);
      }
    }
    return set;
  }

  private static void collect(
      Schema schema, boolean atomic, JsonNode value, FieldSet parent, String element) {
    if (isLeaf(schema, atomic, value, value) || value.isEmpty()) {
      parent.add(element);
      return;
    }
    FieldSet here = parent.child(element);
    switch (schema) {
      case ObjectSchema object -> {
        for (Map.Entry<String, JsonNode> entry : value.properties()) {
          Field field = object.find(entry.getKey());
          String name = "f:" + entry.getKey();
          if (field == null) {
            here.add(name);
          } else {
            collect(field.schema(), field.atomic(), entry.getValue(), here, name);
          }
        }
      }
      case MapSchema map -> {
        for (Map.Entry<String, JsonNode> entry : value.properties()) {
          String name = "f:" + entry.getKey();
          here.add(name);
          collect(map.values(), atomic(map.values()), entry.getValue(), here, name);
        }
      }
      case ListSchema list ->
          ListElements.index(value, list)
              .forEach(
                  (name, item) -> {
                    here.add(name);
                    collect(list.items(), atomic(list.items()), item, here, name);
                  });
      case ScalarSchema _, AnySchema _ -> parent.add(element);
    }
  }

  /** Whether a value without a field of its own, an element, is owned as a whole. */
  static boolean atomic(Schema schema) {
    return switch (schema) {
      case ObjectSchema object -> object.mapType() == MapType.ATOMIC;
      case MapSchema map -> map.type() == MapType.ATOMIC;
      case ListSchema list -> !ListElements.associative(list);
      case ScalarSchema _, AnySchema _ -> true;
    };
  }

  /** A value that is owned as a whole, by its type or because it does not have its type's form. */
  static boolean isLeaf(Schema schema, boolean atomic, JsonNode a, JsonNode b) {
    if (atomic) {
      return true;
    }
    return switch (schema) {
      case ObjectSchema _, MapSchema _ -> !isObject(a) || !isObject(b);
      case ListSchema list -> !ListElements.associative(list) || !isArray(a) || !isArray(b);
      case ScalarSchema _, AnySchema _ -> true;
    };
  }

  private static boolean isObject(JsonNode node) {
    return node == null || node.isObject();
  }

  private static boolean isArray(JsonNode node) {
    return node == null || node.isArray();
  }

  /** Walks two trees side by side. */
  private static final class Comparison {
    /** How many elements that are new as a whole the walk is in. */
    private int insideNew;

    /** Whether the field about to be looked at must be given. */
    private boolean required;

    void field(Field field, JsonNode old, JsonNode now, FieldSet changed, FieldSet removed) {
      if (old != null || now != null) {
        value(field.schema(), field.atomic(), old, now, changed, removed, "f:" + field.name());
      }
    }

    private void value(
        Schema schema,
        boolean atomic,
        JsonNode old,
        JsonNode now,
        FieldSet changed,
        FieldSet removed,
        String element) {
      boolean required = this.required;
      this.required = false;
      boolean bothEmpty = (old == null || old.isEmpty()) && (now == null || now.isEmpty());
      if (bothEmpty || isLeaf(schema, atomic, old, now)) {
        if (now == null) {
          removed.add(element);
        } else if (old == null || !JsonEquality.equal(old, now)) {
          changed.add(element);
        }
        return;
      }
      FieldSet changedHere = changed.child(element);
      FieldSet removedHere = removed.child(element);
      switch (schema) {
        case ObjectSchema object -> object(object, old, now, changedHere, removedHere);
        case MapSchema map -> map(map, old, now, changedHere, removedHere);
        case ListSchema list -> list(list, old, now, changedHere, removedHere);
        case ScalarSchema _, AnySchema _ ->
            throw new IllegalStateException("not a leaf: " + schema);
      }
      if (old == null && (insideNew > 0 || appears(schema, required, element))) {
        changed.add(element);
      } else if (now == null && appears(schema, required, element)) {
        removed.add(element);
      }
      changed.dropEmpty(element);
      removed.dropEmpty(element);
    }

    /** Whether the container itself is a member when it appears, not only what is in it. */
    private static boolean appears(Schema schema, boolean required, String element) {
      return switch (schema) {
        case MapSchema _ -> true;
        case ListSchema _ -> !(required || ALWAYS_THERE.contains(element));
        case ObjectSchema object ->
            object.name().isEmpty() || !(required || ALWAYS_THERE.contains(element));
        case ScalarSchema _, AnySchema _ -> false;
      };
    }

    private void object(
        ObjectSchema schema, JsonNode old, JsonNode now, FieldSet changed, FieldSet removed) {
      if (old != null) {
        for (Map.Entry<String, JsonNode> entry : old.properties()) {
          member(
              schema, entry.getKey(), entry.getValue(), get(now, entry.getKey()), changed, removed);
        }
      }
      if (now != null) {
        for (Map.Entry<String, JsonNode> entry : now.properties()) {
          if (old == null || !old.has(entry.getKey())) {
            member(schema, entry.getKey(), null, entry.getValue(), changed, removed);
          }
        }
      }
    }

    private void member(
        ObjectSchema schema,
        String name,
        JsonNode old,
        JsonNode now,
        FieldSet changed,
        FieldSet removed) {
      Field field = schema.find(name);
      if (field != null) {
        field(field, old, now, changed, removed);
      } else {
        value(AnySchema.of(AnySchema.Kind.JSON), true, old, now, changed, removed, "f:" + name);
      }
    }

    private void map(
        MapSchema schema, JsonNode old, JsonNode now, FieldSet changed, FieldSet removed) {
      Schema values = schema.values();
      boolean atomic = atomic(values);
      if (old != null) {
        for (Map.Entry<String, JsonNode> entry : old.properties()) {
          String name = entry.getKey();
          value(values, atomic, entry.getValue(), get(now, name), changed, removed, "f:" + name);
        }
      }
      if (now != null) {
        for (Map.Entry<String, JsonNode> entry : now.properties()) {
          if (old == null || !old.has(entry.getKey())) {
            value(values, atomic, null, entry.getValue(), changed, removed, "f:" + entry.getKey());
          }
        }
      }
    }

    private void list(
        ListSchema schema, JsonNode old, JsonNode now, FieldSet changed, FieldSet removed) {
      if (old != null && now != null && JsonEquality.equal(old, now)) {
        return; // The usual case, and cheaper than telling the elements apart.
      }
      Map<String, JsonNode> before = ListElements.index(old, schema);
      Map<String, JsonNode> after = ListElements.index(now, schema);
      boolean atomic = atomic(schema.items());
      before.forEach(
          (element, item) -> {
            JsonNode other = after.get(element);
            value(schema.items(), atomic, item, other, changed, removed, element);
            if (other == null) {
              removed.add(element);
            }
          });
      after.forEach(
          (element, item) -> {
            if (!before.containsKey(element)) {
              insideNew++;
              value(schema.items(), atomic, null, item, changed, removed, element);
              insideNew--;
              changed.add(element);
            }
          });
    }
  }
}
