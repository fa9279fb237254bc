package dev.mokha.api.schema;

import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** Names of types and values as they stand in the error messages that clients know. */
final class GoTypes {
  private GoTypes() {}

  static String of(Schema schema) {
    return of(schema, null);
  }

  /** The type's name; a field may know a better one for its values. */
  static String of(Schema schema, Field field) {
    return switch (schema) {
      case ObjectSchema object -> structName(object);
      case ListSchema list -> "[]" + of(list.items(), field);
      case MapSchema map ->
          map.values() instanceof ScalarSchema s && s.type() == ScalarType.QUANTITY
              ? "v1.ResourceList"
              : "map[string]" + of(map.values(), field);
      case ScalarSchema scalar ->
          field == null || field.traits().goType().isEmpty()
              ? scalar.type().goType()
              : field.traits().goType();
      case AnySchema _ -> "runtime.RawExtension";
    };
  }

  /** The package's last part and the type: {@code v1.PodSpec}. */
  private static String structName(ObjectSchema object) {
    if (object.name().isEmpty()) {
      return "map[string]interface {}";
    }
    String owner = object.name().substring(0, object.name().lastIndexOf('.'));
    return owner.substring(owner.lastIndexOf('.') + 1) + "." + object.shortName();
  }

  /** What a JSON value is called; a number that does not fit is quoted. */
  static String valueName(JsonNode value, String goType) {
    return switch (value.getNodeType()) {
      case OBJECT, POJO -> "object";
      case ARRAY -> "array";
      case BOOLEAN -> "bool";
      case NUMBER ->
          goType.startsWith("int") || goType.startsWith("float")
              ? "number " + value.asString().toLowerCase(Locale.ROOT)
              : "number";
      case STRING, BINARY -> "string";
      case NULL, MISSING -> "null";
    };
  }
}
