package dev.mokha.api.schema;

import dev.mokha.api.schema.ObjectSchema.Union;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the {@code openAPIV3Schema} of a custom resource definition into the same model that the
 * built-in types have (structural schemas, KEP-1002). What it demands beyond its shape stays in
 * each part's {@link Constraints}.
 */
public final class CustomSchemas {
  private static final Schema META =
      BuiltinSchemas.get().byName("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta").orElseThrow();

  private CustomSchemas() {}

  /**
   * The schema of a whole object, with apiVersion, kind and metadata whether it names them or not.
   *
   * @param openApi {@code openAPIV3Schema}; shared afterwards, so it must not change any more
   */
  public static ObjectSchema of(ObjectNode openApi) {
    return object(openApi, true);
  }

  private static Schema schema(ObjectNode openApi) {
    Constraints constraints = constraints(openApi);
    if (flag(openApi, "x-kubernetes-int-or-string")) {
      return new ScalarSchema(ScalarType.INT_OR_STRING, constraints);
    }
    String type = openApi.path("type").asString("");
    String format = openApi.path("format").asString("");
    return switch (type) {
      case "object" -> {
        boolean map =
            openApi.path("properties").isEmpty()
                && openApi.path("additionalProperties").isObject()
                && !flag(openApi, "x-kubernetes-embedded-resource");
        yield map ? map(openApi, constraints) : object(openApi, false);
      }
      case "array" -> list(openApi, constraints);
      case "string" -> new ScalarSchema(ScalarType.STRING, constraints);
      case "boolean" -> new ScalarSchema(ScalarType.BOOLEAN, constraints);
      case "number" -> new ScalarSchema(ScalarType.DOUBLE, constraints);
      case "integer" ->
          new ScalarSchema(
              switch (format) {
                case "int32" -> ScalarType.INT32;
                case "int64" -> ScalarType.INT64;
                default -> ScalarType.INTEGER;
              },
              constraints);
      default -> new AnySchema(AnySchema.Kind.JSON, constraints);
    };
  }

  private static ObjectSchema object(ObjectNode openApi, boolean root) {
    boolean embedded = root || flag(openApi, "x-kubernetes-embedded-resource");
    Set<String> required = new HashSet<>();
    openApi.path("required").forEach(r -> required.add(r.asString("")));
    List<Field> fields = new ArrayList<>();
    for (Map.Entry<String, JsonNode> e : openApi.path("properties").properties()) {
      boolean own = embedded && Set.of("apiVersion", "kind", "metadata").contains(e.getKey());
      if (!own && e.getValue() instanceof ObjectNode property) {
        fields.add(field(e.getKey(), property, required.contains(e.getKey())));
      }
    }
    if (embedded) {
      fields.add(builtIn("apiVersion", ScalarSchema.of(ScalarType.STRING)));
      fields.add(builtIn("kind", ScalarSchema.of(ScalarType.STRING)));
      fields.add(builtIn("metadata", META));
    }
    fields.sort(Comparator.comparing(Field::name));
    JsonNode others = openApi.path("additionalProperties");
    String description = openApi.path("description").asString("");
    return new ObjectSchema(
        "",
        () -> description,
        fields,
        new ObjectSchema.Traits(
            mapType(openApi),
            List.of(),
            List.<Union>of(),
            flag(openApi, "x-kubernetes-preserve-unknown-fields")
                || (others.isBoolean() && others.booleanValue()),
            others instanceof ObjectNode o ? schema(o) : null,
            embedded),
        constraints(openApi));
  }

  private static Field field(String name, ObjectNode openApi, boolean required) {
    Schema schema = schema(openApi);
    String description = openApi.path("description").asString("");
    List<String> values = new ArrayList<>();
    for (JsonNode value : openApi.path("enum")) {
      if (value.isString()) {
        values.add(value.stringValue());
      }
    }
    return new Field(
        name,
        () -> schema,
        () -> description,
        new Field.Traits(
            required,
            openApi.get("default"),
            values,
            "",
            List.of(),
            "",
            MapType.UNSPECIFIED,
            List.of()));
  }

  private static Field builtIn(String name, Schema schema) {
    return new Field(name, () -> schema, () -> "", Field.Traits.NONE);
  }

  private static MapSchema map(ObjectNode openApi, Constraints constraints) {
    ObjectNode values = (ObjectNode) openApi.get("additionalProperties");
    return new MapSchema(schema(values), mapType(openApi), constraints);
  }

  private static ListSchema list(ObjectNode openApi, Constraints constraints) {
    Schema items =
        openApi.get("items") instanceof ObjectNode o
            ? schema(o)
            : new AnySchema(
                AnySchema.Kind.JSON, constraints(JsonNodeFactory.instance.objectNode()));
    List<String> keys = new ArrayList<>();
    openApi.path("x-kubernetes-list-map-keys").forEach(k -> keys.add(k.asString("")));
    ListType type =
        switch (openApi.path("x-kubernetes-list-type").asString("")) {
          case "set" -> ListType.SET;
          case "map" -> ListType.MAP;
          case "atomic" -> ListType.ATOMIC;
          default -> ListType.UNSPECIFIED;
        };
    return new ListSchema(items, type, keys, constraints);
  }

  private static MapType mapType(ObjectNode openApi) {
    String word = openApi.path("x-kubernetes-map-type").asString("").toUpperCase(Locale.ROOT);
    return word.isEmpty() ? MapType.UNSPECIFIED : MapType.valueOf(word);
  }

  private static Constraints constraints(ObjectNode openApi) {
    return new Constraints(flag(openApi, "nullable"), openApi);
  }

  private static boolean flag(ObjectNode openApi, String name) {
    return openApi.path(name).asBoolean(false);
  }
}
