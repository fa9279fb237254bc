package dev.mokha.api.patch;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.schema.Field;
import dev.mokha.api.schema.ListSchema;
import dev.mokha.api.schema.MapSchema;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.api.schema.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Strategic merge patch: a merge patch that knows the kind's schema, so that lists whose elements
 * have a key are merged element by element. What the schema cannot say, directives in the patch do:
 *
 * <ul>
 *   <li>{@code $patch: replace | delete} in an object, or in an element of a list
 *   <li>{@code $deleteFromPrimitiveList/FIELD: [values]}
 *   <li>{@code $setElementOrder/FIELD: [keys]}: the order the list shall have
 *   <li>{@code $retainKeys: [fields]}: every other field of the object goes
 * </ul>
 */
public final class StrategicMergePatch {
  private static final String PATCH = "$patch";
  private static final String RETAIN_KEYS = "$retainKeys";
  private static final String DELETE_FROM_LIST = "$deleteFromPrimitiveList/";
  private static final String ELEMENT_ORDER = "$setElementOrder/";

  private StrategicMergePatch() {}

  /**
   * The live object with the patch applied; the live object itself stays as it is.
   *
   * @throws StatusException {@code BadRequest} when the patch can't be read or makes no sense
   */
  public static ObjectNode apply(ObjectNode live, byte[] patch, ObjectSchema schema) {
    ObjectNode result = live.deepCopy();
    mergeObject(result, MergePatch.parse(patch, "strategic merge"), schema);
    return result;
  }

  private static void mergeObject(ObjectNode target, ObjectNode patch, Schema schema) {
    JsonNode directive = patch.get(PATCH);
    if (directive != null) {
      replaceObject(target, patch, directive);
      return;
    }
    retainKeys(target, patch);
    for (Map.Entry<String, JsonNode> member : patch.properties()) {
      String name = member.getKey();
      JsonNode value = member.getValue();
      if (name.startsWith(DELETE_FROM_LIST)) {
        deleteValues(target, name.substring(DELETE_FROM_LIST.length()), value);
      } else if (!isDirective(name)) {
        mergeMember(target, patch, name, value, schema);
      }
    }
    for (Map.Entry<String, JsonNode> member : patch.properties()) {
      String name = member.getKey();
      if (name.startsWith(ELEMENT_ORDER) && !patch.has(name.substring(ELEMENT_ORDER.length()))) {
        String list = name.substring(ELEMENT_ORDER.length());
        if (target.get(list) instanceof ArrayNode elements) {
          ArrayNode before = elements.deepCopy();
          ElementOrder.sort(elements, before, order(member.getValue()), mergeKey(schema, list));
        }
      }
    }
  }

  private static void replaceObject(ObjectNode target, ObjectNode patch, JsonNode directive) {
    switch (directive.asString("")) {
      case "replace" -> {
        target.removeAll();
        target.setAll((ObjectNode) withoutDirectives(patch));
      }
      case "delete" -> target.removeAll();
      default ->
          throw StatusException.badRequest(
              "unknown patch type: %s in map: %s"
                  .formatted(directive.asString(), Json.text(patch)));
    }
  }

  private static void retainKeys(ObjectNode target, ObjectNode patch) {
    JsonNode keys = patch.get(RETAIN_KEYS);
    if (keys == null) {
      return;
    }
    List<String> retained = new ArrayList<>();
    keys.forEach(k -> retained.add(k.asString("")));
    boolean complete =
        patch.properties().stream()
            .filter(m -> !m.getValue().isNull() && !isDirective(m.getKey()))
            .allMatch(m -> retained.contains(m.getKey()));
    if (!keys.isArray() || !complete) {
      throw StatusException.badRequest("invalid patch format of retainKeys");
    }
    target.retain(retained);
  }

  private static void mergeMember(
      ObjectNode target, ObjectNode patch, String name, JsonNode value, Schema schema) {
    JsonNode live = target.get(name);
    if (value.isNull()) {
      target.remove(name);
    } else if (value instanceof ObjectNode changes && live instanceof ObjectNode object) {
      if (replaces(schema, name)) {
        target.set(name, withoutDirectives(changes));
      } else {
        mergeObject(object, changes, child(schema, name));
      }
    } else if (value instanceof ArrayNode changes && merges(schema, name)) {
      ArrayNode before = live instanceof ArrayNode array ? array : Json.MAPPER.createArrayNode();
      String key = mergeKey(schema, name);
      ArrayNode merged = before.deepCopy();
      Schema items = child(schema, name) instanceof ListSchema list ? list.items() : null;
      if (key.isEmpty()) {
        addMissing(merged, changes);
      } else {
        merged = mergeElements(merged, changes, key, items);
      }
      JsonNode order = patch.get(ELEMENT_ORDER + name);
      ArrayNode wanted = order == null ? changes : order(order);
      if (order != null) {
        ElementOrder.requireSameOrder(changes, wanted, key);
      }
      ElementOrder.sort(merged, before, wanted, key);
      target.set(name, merged);
    } else {
      target.set(name, withoutDirectives(value));
    }
  }

  private static void addMissing(ArrayNode target, ArrayNode values) {
    for (JsonNode value : values) {
      if (value.isContainer()) {
        throw StatusException.badRequest("invalid patch format of primitive list");
      }
      if (ElementOrder.indexOf(target, value, "") < 0) {
        target.add(value.deepCopy());
      }
    }
  }

  private static ArrayNode mergeElements(
      ArrayNode target, ArrayNode changes, String key, Schema items) {
    ArrayNode merged = target;
    for (JsonNode change : changes) {
      if (change.path(PATCH).asString("").equals("replace")) {
        merged = Json.MAPPER.createArrayNode();
        for (JsonNode element : changes) {
          if (!element.has(PATCH)) {
            merged.add(withoutDirectives(element));
          }
        }
        return merged;
      }
    }
    for (JsonNode change : changes) {
      if (!(change instanceof ObjectNode element)) {
        throw StatusException.badRequest(
            "expected a map in the list that is merged by %s, found %s"
                .formatted(key, Json.text(change)));
      }
      if (!element.hasNonNull(key)) {
        throw StatusException.badRequest(
            "map: %s does not contain declared merge key: %s".formatted(Json.text(element), key));
      }
      mergeElement(merged, element, key, items);
    }
    return merged;
  }

  private static void mergeElement(ArrayNode target, ObjectNode change, String key, Schema items) {
    JsonNode directive = change.get(PATCH);
    int at = ElementOrder.indexOf(target, change, key);
    if (directive != null) {
      if (!directive.asString("").equals("delete")) {
        throw StatusException.badRequest(
            "unknown patch type: %s in map: %s".formatted(directive.asString(), Json.text(change)));
      }
      while (at >= 0) {
        target.remove(at);
        at = ElementOrder.indexOf(target, change, key);
      }
    } else if (at >= 0) {
      mergeObject((ObjectNode) target.get(at), change, items);
    } else {
      target.add(withoutDirectives(change));
    }
  }

  private static void deleteValues(ObjectNode target, String list, JsonNode values) {
    if (!values.isArray()) {
      throw StatusException.badRequest("invalid patch format of primitive list");
    }
    if (target.get(list) instanceof ArrayNode array) {
      for (JsonNode value : values) {
        int at = ElementOrder.indexOf(array, value, "");
        while (at >= 0) {
          array.remove(at);
          at = ElementOrder.indexOf(array, value, "");
        }
      }
    }
  }

  private static ArrayNode order(JsonNode order) {
    if (order instanceof ArrayNode array) {
      return array;
    }
    throw StatusException.badRequest("invalid patch format of setElementOrder list");
  }

  /** A new value as the patch brings it: nothing there to delete, so nulls and directives go. */
  private static JsonNode withoutDirectives(JsonNode patch) {
    switch (patch) {
      case ObjectNode object -> {
        ObjectNode clean = Json.MAPPER.createObjectNode();
        for (Map.Entry<String, JsonNode> member : object.properties()) {
          if (!isDirective(member.getKey()) && !member.getValue().isNull()) {
            clean.set(member.getKey(), withoutDirectives(member.getValue()));
          }
        }
        return clean;
      }
      case ArrayNode array -> {
        ArrayNode clean = Json.MAPPER.createArrayNode();
        for (JsonNode element : array) {
          if (!element.has(PATCH)) {
            clean.add(withoutDirectives(element));
          }
        }
        return clean;
      }
      default -> {
        return patch.deepCopy();
      }
    }
  }

  private static boolean isDirective(String name) {
    return name.startsWith("$")
        && (name.equals(PATCH)
            || name.equals(RETAIN_KEYS)
            || name.startsWith(DELETE_FROM_LIST)
            || name.startsWith(ELEMENT_ORDER));
  }

  private static Field field(Schema schema, String name) {
    return schema instanceof ObjectSchema object ? object.find(name) : null;
  }

  private static Schema child(Schema schema, String name) {
    if (schema instanceof MapSchema map) {
      return map.values();
    }
    Field field = field(schema, name);
    return field == null ? null : field.schema();
  }

  private static boolean merges(Schema schema, String name) {
    Field field = field(schema, name);
    return field != null && field.patchMerges();
  }

  private static boolean replaces(Schema schema, String name) {
    Field field = field(schema, name);
    return field != null && field.traits().patchStrategies().contains("replace");
  }

  private static String mergeKey(Schema schema, String name) {
    Field field = field(schema, name);
    return field == null ? "" : field.patchMergeKey();
  }
}
