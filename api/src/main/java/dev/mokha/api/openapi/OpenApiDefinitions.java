package dev.mokha.api.openapi;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.schema.AnySchema;
import dev.mokha.api.schema.BuiltinSchemas;
import dev.mokha.api.schema.Field;
import dev.mokha.api.schema.ListSchema;
import dev.mokha.api.schema.ListType;
import dev.mokha.api.schema.MapSchema;
import dev.mokha.api.schema.MapType;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.api.schema.ScalarSchema;
import dev.mokha.api.schema.ScalarType;
import dev.mokha.api.schema.Schema;
import java.util.Collection;
import java.util.Locale;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes schemas as OpenAPI. The two versions differ in where definitions live, in how a reference
 * carries a description of its own, and in that version 2 knows neither defaults nor enums here,
 * since clients of that age choke on some of them.
 */
public final class OpenApiDefinitions {
  private static final String META = "io.k8s.apimachinery.pkg.apis.meta.v1.";
  private static final String CRD = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.";

  private final BuiltinSchemas schemas;
  private final boolean prose;
  private final boolean v3;

  private OpenApiDefinitions(BuiltinSchemas schemas, boolean prose, boolean v3) {
    this.schemas = requireNonNull(schemas, "schemas");
    this.prose = prose;
    this.v3 = v3;
  }

  /** Definitions of an OpenAPI v2 document. */
  public static OpenApiDefinitions swagger(BuiltinSchemas schemas, boolean prose) {
    return new OpenApiDefinitions(schemas, prose, false);
  }

  /** Schemas of an OpenAPI v3 document. */
  public static OpenApiDefinitions v3(BuiltinSchemas schemas) {
    return new OpenApiDefinitions(schemas, true, true);
  }

  /**
   * One definition.
   *
   * @throws java.util.NoSuchElementException when there is none of that name
   */
  public ObjectNode definition(String name) {
    ObjectNode out = Json.MAPPER.createObjectNode();
    String text = schemas.description(name);
    if (prose && !text.isEmpty()) {
      out.put("description", text);
    }
    switch (schemas.byName(name).orElseThrow()) {
      case ObjectSchema object -> object(object, out);
      case ScalarSchema scalar -> scalar(scalar.type(), out);
      case AnySchema any -> free(any.kind(), out);
      case ListSchema _, MapSchema _ ->
          throw new IllegalStateException(name + " is neither an object nor a single value");
    }
    return out;
  }

  private void object(ObjectSchema object, ObjectNode out) {
    if (!object.fields().isEmpty()) {
      ObjectNode properties = out.putObject("properties");
      for (Field field : object.fields()) {
        properties.set(field.name(), property(field));
      }
    }
    if (object.fields().stream().anyMatch(Field::required)) {
      ArrayNode required = out.putArray("required");
      object.fields().stream().filter(Field::required).forEach(f -> required.add(f.name()));
    }
    out.put("type", "object");
    if (!object.traits().kinds().isEmpty()) {
      ArrayNode kinds = out.putArray("x-kubernetes-group-version-kind");
      for (GroupVersionKind kind : object.traits().kinds()) {
        kinds
            .addObject()
            .put("group", kind.group())
            .put("kind", kind.kind())
            .put("version", kind.version());
      }
    }
    mapType(object.mapType(), out);
    if (!object.traits().unions().isEmpty()) {
      ArrayNode unions = out.putArray("x-kubernetes-unions");
      for (ObjectSchema.Union union : object.traits().unions()) {
        ObjectNode node = unions.addObject();
        if (!union.discriminator().isEmpty()) {
          node.put("discriminator", union.discriminator());
        }
        ObjectNode members = node.putObject("fields-to-discriminateBy");
        new TreeMap<>(union.members()).forEach(members::put);
      }
    }
  }

  private ObjectNode property(Field field) {
    ObjectNode out = Json.MAPPER.createObjectNode();
    if (prose && !field.description().isEmpty()) {
      out.put("description", field.description());
    }
    if (v3 && field.traits().defaultValue() != null) {
      out.set("default", field.traits().defaultValue());
    }
    String target = referenceTo(field.schema());
    if (v3 && !target.isEmpty()) {
      // A reference has no neighbours in v3, so it goes into a list of one.
      reference(target, out.putArray("allOf").addObject());
    } else {
      value(field.schema(), out);
    }
    if (v3 && !field.traits().enumValues().isEmpty()) {
      ArrayNode values = out.putArray("enum");
      field.traits().enumValues().forEach(values::add);
    }
    mapType(field.traits().mapType(), out);
    if (!field.traits().patchStrategies().isEmpty()) {
      out.put("x-kubernetes-patch-strategy", String.join(",", field.traits().patchStrategies()));
    }
    if (!field.patchMergeKey().isEmpty()) {
      out.put("x-kubernetes-patch-merge-key", field.patchMergeKey());
    }
    return out;
  }

  private void value(Schema schema, ObjectNode out) {
    String target = referenceTo(schema);
    if (!target.isEmpty()) {
      reference(target, out);
      return;
    }
    switch (schema) {
      case ObjectSchema object -> object(object, out);
      case ScalarSchema scalar -> scalar(scalar.type(), out);
      case AnySchema any -> free(any.kind(), out);
      case MapSchema map -> {
        value(map.values(), out.putObject("additionalProperties"));
        out.put("type", "object");
        mapType(map.type(), out);
      }
      case ListSchema list -> {
        value(list.items(), out.putObject("items"));
        out.put("type", "array");
        if (!list.keys().isEmpty()) {
          ArrayNode keys = out.putArray("x-kubernetes-list-map-keys");
          list.keys().forEach(keys::add);
        }
        if (list.type() != ListType.UNSPECIFIED) {
          out.put("x-kubernetes-list-type", list.type().name().toLowerCase(Locale.ROOT));
        }
      }
    }
  }

  private void reference(String target, ObjectNode out) {
    out.put("$ref", (v3 ? "#/components/schemas/" : "#/definitions/") + target);
  }

  private static void mapType(MapType type, ObjectNode out) {
    if (type != MapType.UNSPECIFIED) {
      out.put("x-kubernetes-map-type", type.name().toLowerCase(Locale.ROOT));
    }
  }

  private void scalar(ScalarType type, ObjectNode out) {
    if (v3 && type == ScalarType.INT_OR_STRING) {
      out.put("format", type.format());
      ArrayNode either = out.putArray("oneOf");
      either.addObject().put("type", "integer");
      either.addObject().put("type", "string");
      return;
    }
    if (v3 && type == ScalarType.QUANTITY) {
      ArrayNode either = out.putArray("oneOf");
      either.addObject().put("type", "string");
      either.addObject().put("type", "number");
      return;
    }
    out.put("type", type.openApiType());
    if (!type.format().isEmpty()) {
      out.put("format", type.format());
    }
  }

  private static void free(AnySchema.Kind kind, ObjectNode out) {
    switch (kind) {
      case RAW_EXTENSION, FIELDS_V1, PATCH -> out.put("type", "object");
      case JSON, JSON_SCHEMA_OR_ARRAY, JSON_SCHEMA_OR_BOOL, JSON_SCHEMA_OR_STRING_ARRAY -> {
        // Nothing is said, so anything goes.
      }
    }
  }

  /** The definition that a value is referred to by, or empty when it is written in place. */
  private static String referenceTo(Schema schema) {
    return switch (schema) {
      case ObjectSchema object -> object.name();
      case ScalarSchema scalar ->
          switch (scalar.type()) {
            case QUANTITY -> "io.k8s.apimachinery.pkg.api.resource.Quantity";
            case INT_OR_STRING -> "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
            case TIME -> META + "Time";
            case MICRO_TIME -> META + "MicroTime";
            case STRING, BYTES, BOOLEAN, INT32, INT64, DOUBLE, INTEGER -> "";
          };
      case AnySchema any ->
          switch (any.kind()) {
            case JSON -> CRD + "JSON";
            case RAW_EXTENSION -> "io.k8s.apimachinery.pkg.runtime.RawExtension";
            case FIELDS_V1 -> META + "FieldsV1";
            case JSON_SCHEMA_OR_ARRAY -> CRD + "JSONSchemaPropsOrArray";
            case JSON_SCHEMA_OR_BOOL -> CRD + "JSONSchemaPropsOrBool";
            case JSON_SCHEMA_OR_STRING_ARRAY -> CRD + "JSONSchemaPropsOrStringArray";
            case PATCH -> META + "Patch";
          };
      case ListSchema _, MapSchema _ -> "";
    };
  }

  /** Adds the definitions that a definition refers to. */
  static void references(JsonNode node, Collection<String> into) {
    JsonNode ref = node.get("$ref");
    if (ref != null && ref.isString()) {
      String text = ref.stringValue();
      into.add(text.substring(text.lastIndexOf('/') + 1));
    }
    for (JsonNode child : node) {
      references(child, into);
    }
  }
}
