package dev.mokha.api.schema;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Fills in what an object does not say. A default that depends on nothing stands in the schema; one
 * that depends on other fields is code, one small class for each family of kinds.
 *
 * <p>Doing it twice changes nothing. It is done to each object that a client sends, and again when
 * admission has changed it, since that may have added parts that need defaults of their own. What
 * upstream sets only when an object is created (finalizers of a namespace, addresses of a service,
 * phases) is not here but where the server creates.
 */
public final class Defaulting {
  /** Run before the static defaults of the same object; by name of the definition. */
  private static final Map<String, Consumer<ObjectNode>> RULES = rules();

  /**
   * What to do for a type.
   *
   * @param rule code, or null
   * @param fields fields with a default
   * @param descend fields in whose values there is something to do
   */
  record Plan(Consumer<ObjectNode> rule, Field[] fields, Field[] descend) {}

  private Defaulting() {}

  /** Fills in the tree in place. */
  public static void apply(ObjectNode tree, ObjectSchema schema) {
    object(tree, schema);
  }

  private static void object(ObjectNode node, ObjectSchema schema) {
    Plan plan = schema.defaultPlan;
    if (plan == null) {
      plan = plan(schema);
      schema.defaultPlan = plan;
    }
    if (plan.rule != null) {
      plan.rule.accept(node);
    }
    for (Field field : plan.fields) {
      JsonNode given = node.get(field.name());
      JsonNode preset = field.traits().defaultValue();
      if (given == null || (schema.isBuiltIn() && isEmptyText(given) && preset.isString())) {
        node.set(field.name(), preset.isContainer() ? preset.deepCopy() : preset);
      }
    }
    for (Field field : plan.descend) {
      JsonNode value = node.get(field.name());
      if (value != null) {
        value(value, field.schema());
      }
    }
  }

  /** Strings of structs have no way to be "given but empty". */
  private static boolean isEmptyText(JsonNode node) {
    return node.isString() && node.stringValue().isEmpty();
  }

  private static void value(JsonNode value, Schema schema) {
    switch (schema) {
      case ObjectSchema object -> {
        if (value instanceof ObjectNode node) {
          object(node, object);
        }
      }
      case ListSchema list -> {
        if (value instanceof ArrayNode array) {
          for (JsonNode item : array) {
            value(item, list.items());
          }
        }
      }
      case MapSchema map -> {
        if (value instanceof ObjectNode node) {
          for (JsonNode item : node) {
            value(item, map.values());
          }
        }
      }
      case ScalarSchema _, AnySchema _ -> {
        // Nothing lies deeper.
      }
    }
  }

  private static Plan plan(ObjectSchema schema) {
    List<Field> fields = new ArrayList<>();
    List<Field> descend = new ArrayList<>();
    for (Field field : schema.fields()) {
      if (field.traits().defaultValue() != null) {
        fields.add(field);
      }
      if (hasDefaults(field.schema(), new HashSet<>())) {
        descend.add(field);
      }
    }
    return new Plan(
        RULES.get(schema.name()), fields.toArray(new Field[0]), descend.toArray(new Field[0]));
  }

  private static boolean hasDefaults(Schema schema, Set<ObjectSchema> seen) {
    return switch (schema) {
      case ObjectSchema object -> {
        if (!seen.add(object)) {
          yield false;
        }
        if (RULES.containsKey(object.name())) {
          yield true;
        }
        for (Field field : object.fields()) {
          if (field.traits().defaultValue() != null || hasDefaults(field.schema(), seen)) {
            yield true;
          }
        }
        yield false;
      }
      case ListSchema list -> hasDefaults(list.items(), seen);
      case MapSchema map -> hasDefaults(map.values(), seen);
      case ScalarSchema _, AnySchema _ -> false;
    };
  }

  private static Map<String, Consumer<ObjectNode>> rules() {
    Map<String, Consumer<ObjectNode>> rules = new HashMap<>();
    PodDefaults.addTo(rules);
    WorkloadDefaults.addTo(rules);
    ServiceDefaults.addTo(rules);
    ClusterDefaults.addTo(rules);
    return Map.copyOf(rules);
  }
}
