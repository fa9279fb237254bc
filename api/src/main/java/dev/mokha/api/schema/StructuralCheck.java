package dev.mokha.api.schema;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes a tree fit its schema: checks the type of each value, drops what the schema does not know,
 * and brings values into the one form in which they are kept (amounts in their shortest form, times
 * in UTC, no null, and in built-in types no empty optional list or map and no zero that says
 * nothing).
 *
 * <p>A built-in type thus keeps exactly what upstream keeps, whose objects pass through structs. A
 * body from a client goes through {@link ObjectDecoder}, which ends here; a tree that a patch made
 * comes here directly.
 */
public final class StructuralCheck {
  /** More than this many unknown fields are not listed. */
  private static final int MOST_PROBLEMS = 100;

  private final List<String> unknown = new ArrayList<>(0);

  // The way to the value at hand: names of fields, positions as Integer, keys of maps as their
  // Entry.
  private Object[] path = new Object[16];
  private int depth;

  private StructuralCheck() {}

  /**
   * Changes the tree in place.
   *
   * @return one message for each unknown field that was dropped, such as {@code unknown field
   *     "spec.foo"}
   * @throws MismatchException when a value has the wrong type; the tree is then half changed
   */
  public static List<String> apply(ObjectNode tree, ObjectSchema schema) {
    StructuralCheck check = new StructuralCheck();
    check.object(tree, schema);
    return check.unknown;
  }

  private void object(ObjectNode node, ObjectSchema schema) {
    boolean builtIn = schema.isBuiltIn();
    for (Iterator<Map.Entry<String, JsonNode>> it = node.properties().iterator(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> entry = it.next();
      String name = entry.getKey();
      JsonNode value = entry.getValue();
      Field field = schema.find(name);
      push(name);
      if (field == null) {
        unknownField(value, schema, it);
      } else if (value.isNull()) {
        // Null means "not given", so that a default may take its place, unless a custom resource
        // says that it is a value.
        if (builtIn || !field.schema().constraints().nullable()) {
          it.remove();
        }
      } else {
        JsonNode kept = value(value, field.schema(), schema, field);
        if (builtIn
            && (kept.isContainer()
                ? !field.required() && isEmptyCollection(kept, field.schema())
                : ZeroValues.isLeftOut(field, kept))) {
          it.remove();
        } else {
          entry.setValue(kept);
        }
      }
      depth--;
    }
  }

  private void unknownField(
      JsonNode value, ObjectSchema schema, Iterator<Map.Entry<String, JsonNode>> it) {
    ObjectSchema.Traits traits = schema.traits();
    if (traits.unknownValues() != null) {
      if (!value.isNull()) {
        value(value, traits.unknownValues(), schema, null);
      }
    } else if (!traits.preservesUnknown() && !isTypeOfEmbedded(traits)) {
      if (unknown.size() < MOST_PROBLEMS) {
        unknown.add("unknown field \"" + strictPath() + "\"");
      }
      it.remove();
    }
  }

  private boolean isTypeOfEmbedded(ObjectSchema.Traits traits) {
    return traits.embedded()
        && (path[depth - 1].equals("apiVersion")
            || path[depth - 1].equals("kind")
            || path[depth - 1].equals("metadata"));
  }

  private static boolean isEmptyCollection(JsonNode node, Schema schema) {
    return node.isContainer()
        && node.isEmpty()
        && (schema instanceof ListSchema || schema instanceof MapSchema);
  }

  /** Checks one value and gives it back, or its kept form. */
  private JsonNode value(JsonNode value, Schema schema, ObjectSchema owner, Field field) {
    if (!schema.constraints().isNone()) {
      custom(value, schema, owner);
      return value;
    }
    switch (schema) {
      case ObjectSchema object -> {
        if (!(value instanceof ObjectNode node)) {
          throw mismatch(value, owner, GoTypes.of(object));
        }
        object(node, object);
        return value;
      }
      case ListSchema list -> {
        if (!(value instanceof ArrayNode array)) {
          throw mismatch(value, owner, GoTypes.of(schema, field));
        }
        list(array, list, owner, field);
        return value;
      }
      case MapSchema map -> {
        if (!(value instanceof ObjectNode node)) {
          throw mismatch(value, owner, GoTypes.of(schema, field));
        }
        map(node, map, owner, field);
        return value;
      }
      case ScalarSchema scalar -> {
        JsonNode kept = ScalarForm.of(value, scalar.type());
        if (kept == null) {
          throw mismatch(
              value,
              owner,
              switch (scalar.type()) {
                case INT_OR_STRING -> "int32";
                case TIME, MICRO_TIME -> "string";
                default -> GoTypes.of(scalar, field);
              });
        }
        return kept;
      }
      case AnySchema any -> {
        if (any.kind() == AnySchema.Kind.FIELDS_V1 && !value.isObject()) {
          throw mismatch(value, owner, "v1.FieldsV1");
        }
        return value;
      }
    }
  }

  /**
   * In custom resources only unknown fields are dropped here. Wrong types are told with everything
   * else that their validation finds, all at once.
   */
  private void custom(JsonNode value, Schema schema, ObjectSchema owner) {
    if (schema instanceof ObjectSchema object && value instanceof ObjectNode node) {
      object(node, object);
    } else if (schema instanceof ListSchema list && value instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        push(i);
        custom(array.get(i), list.items(), owner);
        depth--;
      }
    } else if (schema instanceof MapSchema map && value instanceof ObjectNode node) {
      if (!map.values().constraints().nullable()) {
        node.properties().removeIf(e -> e.getValue().isNull());
      }
      for (Map.Entry<String, JsonNode> entry : node.properties()) {
        push(entry.getKey());
        custom(entry.getValue(), map.values(), owner);
        depth--;
      }
    }
  }

  private void list(ArrayNode array, ListSchema list, ObjectSchema owner, Field field) {
    for (int i = 0; i < array.size(); i++) {
      push(i);
      JsonNode item = array.get(i);
      if (!item.isNull()) {
        JsonNode kept = value(item, list.items(), owner, field);
        array.set(i, kept);
      } else if (list.items() instanceof ObjectSchema && !list.items().constraints().nullable()) {
        array.set(i, array.objectNode());
      }
      depth--;
    }
  }

  private void map(ObjectNode node, MapSchema map, ObjectSchema owner, Field field) {
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      push(entry);
      JsonNode value = entry.getValue();
      if (!value.isNull()) {
        JsonNode kept = value(value, map.values(), owner, field);
        entry.setValue(kept);
      } else if (map.values() instanceof ScalarSchema s && s.type() == ScalarType.STRING) {
        // A struct's map of strings reads null as the empty string.
        entry.setValue(node.stringNode(""));
      }
      depth--;
    }
  }

  private MismatchException mismatch(JsonNode value, ObjectSchema owner, String goType) {
    return new MismatchException(
        "json: cannot unmarshal %s into Go struct field %s.%s of type %s"
            .formatted(GoTypes.valueName(value, goType), owner.shortName(), fieldPath(), goType));
  }

  private void push(Object step) {
    if (depth == path.length) {
      path = Arrays.copyOf(path, depth * 2);
    }
    path[depth++] = step;
  }

  /** The way as messages about types give it: names of fields alone. */
  private String fieldPath() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < depth; i++) {
      if (path[i] instanceof String name) {
        text.append(text.isEmpty() ? "" : ".").append(name);
      }
    }
    return text.toString();
  }

  /** The way as messages about unknown fields give it, positions included. */
  private String strictPath() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < depth; i++) {
      if (path[i] instanceof String name) {
        text.append(text.isEmpty() ? "" : ".").append(name);
      } else if (path[i] instanceof Map.Entry<?, ?> entry) {
        text.append('.').append(entry.getKey());
      } else {
        text.append('[').append(path[i]).append(']');
      }
    }
    return text.toString();
  }
}
