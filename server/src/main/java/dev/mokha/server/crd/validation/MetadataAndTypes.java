package dev.mokha.server.crd.validation;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.schema.AnySchema;
import dev.mokha.api.schema.Field;
import dev.mokha.api.schema.ListSchema;
import dev.mokha.api.schema.MapSchema;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.api.schema.ScalarSchema;
import dev.mokha.api.schema.Schema;
import dev.mokha.api.validation.ObjectValidator;
import dev.mokha.api.validation.Validation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The rules that hold for every custom resource: metadata, and the type of each value. */
public final class MetadataAndTypes implements CustomValidator {
  private final ObjectValidator metadata;
  private final ObjectSchema schema;

  /** The rules of a version. */
  public MetadataAndTypes(Version version) {
    this.metadata = Validation.customMetadata();
    this.schema = requireNonNull(version.schema());
  }

  @Override
  public List<StatusCause> validateCreate(ObjectNode created) {
    return with(metadata.validateCreate(created), created);
  }

  @Override
  public List<StatusCause> validateUpdate(ObjectNode updated, ObjectNode old) {
    return with(metadata.validateUpdate(updated, old), updated);
  }

  private List<StatusCause> with(List<StatusCause> causes, ObjectNode object) {
    List<StatusCause> all = new ArrayList<>(causes);
    object("", object, schema, all);
    return all;
  }

  private static void object(
      String path, ObjectNode node, ObjectSchema schema, List<StatusCause> causes) {
    for (Map.Entry<String, JsonNode> e : node.properties()) {
      Field field = schema.find(e.getKey());
      Schema of = field == null ? schema.traits().unknownValues() : field.schema();
      if (of != null) {
        value(path.isEmpty() ? e.getKey() : path + "." + e.getKey(), e.getValue(), of, causes);
      }
    }
  }

  private static void value(String path, JsonNode value, Schema schema, List<StatusCause> causes) {
    if (value.isNull() && schema.constraints().nullable()) {
      return;
    }
    switch (schema) {
      case ObjectSchema o when value instanceof ObjectNode node -> object(path, node, o, causes);
      case MapSchema m when value instanceof ObjectNode node ->
          node.properties()
              .forEach(e -> value(path + "." + e.getKey(), e.getValue(), m.values(), causes));
      case ListSchema l when value.isArray() -> {
        for (int i = 0; i < value.size(); i++) {
          value(path + "[" + i + "]", value.get(i), l.items(), causes);
        }
      }
      case AnySchema _ -> {
        // Anything goes.
      }
      case ScalarSchema s when fits(value, s) -> {
        // As it should be.
      }
      case ObjectSchema _, MapSchema _ -> causes.add(mismatch(path, value, "object"));
      case ListSchema _ -> causes.add(mismatch(path, value, "array"));
      case ScalarSchema s ->
          causes.add(
              mismatch(
                  path,
                  value,
                  s.type() == dev.mokha.api.schema.ScalarType.INT_OR_STRING
                      ? "integer,string"
                      : s.type().openApiType()));
    }
  }

  private static boolean fits(JsonNode value, ScalarSchema schema) {
    return switch (schema.type()) {
      case STRING, BYTES, QUANTITY, TIME, MICRO_TIME -> value.isString();
      case BOOLEAN -> value.isBoolean();
      case INT32, INT64, INTEGER -> value.isIntegralNumber() || wholeNumber(value);
      case DOUBLE -> value.isNumber();
      case INT_OR_STRING -> value.isString() || value.isIntegralNumber() || wholeNumber(value);
    };
  }

  private static boolean wholeNumber(JsonNode value) {
    return value.isNumber() && value.decimalValue().stripTrailingZeros().scale() <= 0;
  }

  private static StatusCause mismatch(String path, JsonNode value, String type) {
    String given =
        switch (value.getNodeType()) {
          case OBJECT, POJO -> "object";
          case ARRAY -> "array";
          case BOOLEAN -> "boolean";
          case STRING, BINARY -> "string";
          case NULL, MISSING -> "null";
          case NUMBER -> value.isIntegralNumber() ? "integer" : "number";
        };
    return new StatusCause(
        "FieldValueTypeInvalid",
        "Invalid value: \"%s\": %s in body must be of type %s: \"%s\""
            .formatted(given, path, type, given),
        path);
  }
}
