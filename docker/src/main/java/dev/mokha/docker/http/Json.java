package dev.mokha.docker.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The one mapper of this API, and how fields of its trees are read: what is missing or null is as
 * Go's zero value, and what is of another kind is refused.
 */
public final class Json {
  /** Plain: names as they are, no pretty printing. */
  public static final JsonMapper MAPPER = JsonMapper.builder().build();

  private Json() {}

  /** An empty object. */
  public static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** An empty array. */
  public static ArrayNode array() {
    return JsonNodeFactory.instance.arrayNode();
  }

  /** An array of strings. */
  public static ArrayNode array(Iterable<String> values) {
    ArrayNode array = array();
    values.forEach(array::add);
    return array;
  }

  /** An object of strings. */
  public static ObjectNode object(Map<String, String> values) {
    ObjectNode object = object();
    values.forEach(object::put);
    return object;
  }

  /** Whether a field is there and not null. */
  public static boolean has(JsonNode of, String field) {
    return of.hasNonNull(field);
  }

  private static DockerException wrong(String field, String wanted) {
    return DockerException.invalid("invalid JSON: " + field + " must be " + wanted);
  }

  /** A string; empty when missing. */
  public static String text(JsonNode of, String field) {
    JsonNode value = of.get(field);
    if (value == null || value.isNull()) {
      return "";
    }
    if (!value.isString()) {
      throw wrong(field, "a string");
    }
    return value.stringValue();
  }

  /** A whole number; 0 when missing. */
  public static long number(JsonNode of, String field) {
    JsonNode value = of.get(field);
    if (value == null || value.isNull()) {
      return 0;
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw wrong(field, "a whole number");
    }
    return value.longValue();
  }

  /** A boolean; false when missing. */
  public static boolean flag(JsonNode of, String field) {
    JsonNode value = of.get(field);
    if (value == null || value.isNull()) {
      return false;
    }
    if (!value.isBoolean()) {
      throw wrong(field, "true or false");
    }
    return value.booleanValue();
  }

  /** An object; an empty one when missing. */
  public static ObjectNode object(JsonNode of, String field) {
    JsonNode value = of.get(field);
    if (value == null || value.isNull()) {
      return object();
    }
    if (value instanceof ObjectNode object) {
      return object;
    }
    throw wrong(field, "an object");
  }

  /** The objects of an array; none when missing. One that is null is empty. */
  public static List<ObjectNode> objects(JsonNode of, String field) {
    JsonNode value = of.get(field);
    if (value == null || value.isNull()) {
      return List.of();
    }
    List<ObjectNode> all = new ArrayList<>();
    for (JsonNode one : value) {
      if (one.isNull()) {
        all.add(object());
      } else if (one instanceof ObjectNode object) {
        all.add(object);
      } else {
        throw wrong(field, "a list of objects");
      }
    }
    return all;
  }

  /**
   * The strings of an array; none when missing. A string alone is taken for a list of one, and null
   * in a list for an empty one.
   */
  public static List<String> strings(JsonNode of, String field) {
    JsonNode value = of.get(field);
    if (value == null || value.isNull()) {
      return List.of();
    }
    if (value.isString()) {
      return List.of(value.stringValue());
    }
    if (!value.isArray()) {
      throw wrong(field, "a list of strings");
    }
    List<String> all = new ArrayList<>();
    for (JsonNode one : value) {
      if (!one.isString() && !one.isNull()) {
        throw wrong(field, "a list of strings");
      }
      all.add(one.isNull() ? "" : one.stringValue());
    }
    return all;
  }

  /** The strings of an object, in their order; none when missing. */
  public static Map<String, String> stringMap(JsonNode of, String field) {
    Map<String, String> all = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : object(of, field).properties()) {
      if (!entry.getValue().isString() && !entry.getValue().isNull()) {
        throw wrong(field, "an object of strings");
      }
      all.put(entry.getKey(), entry.getValue().isNull() ? "" : entry.getValue().stringValue());
    }
    return all;
  }

  /** The names in an object used as a set, such as {@code {"80/tcp": {}}}. */
  public static List<String> keys(JsonNode of, String field) {
    List<String> all = new ArrayList<>();
    object(of, field).properties().forEach(entry -> all.add(entry.getKey()));
    return all;
  }
}
