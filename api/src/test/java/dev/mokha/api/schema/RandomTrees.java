package dev.mokha.api.schema;

import dev.mokha.api.object.Json;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Makes trees that fit a schema and are in the form in which they are kept. */
public final class RandomTrees {
  private static final JsonNodeFactory MAKE = JsonNodeFactory.instance;
  private static final String JSON_SCHEMA =
      "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps";

  private final Random random;

  /** Trees that the seed alone decides. */
  public RandomTrees(long seed) {
    this.random = new Random(seed);
  }

  /** A tree with each field given or not by chance, the less the deeper. */
  public ObjectNode object(ObjectSchema schema, int depth) {
    ObjectNode node = Json.MAPPER.createObjectNode();
    for (Field field : schema.fields()) {
      boolean deep = !(field.schema() instanceof ScalarSchema);
      if (!field.traits().protobuf().isEmpty()
          && random.nextInt(100) < (deep ? Math.max(0, 60 - 12 * depth) : 50)) {
        node.set(field.name(), value(field.schema(), depth + 1));
      }
    }
    return node;
  }

  private JsonNode value(Schema schema, int depth) {
    return switch (schema) {
      case ObjectSchema object -> object(object, depth);
      case ListSchema list -> {
        ArrayNode array = MAKE.arrayNode();
        for (int n = 1 + random.nextInt(2); n > 0; n--) {
          array.add(value(list.items(), depth));
        }
        yield array;
      }
      case MapSchema map -> {
        ObjectNode entries = MAKE.objectNode();
        for (int n = 1 + random.nextInt(2); n > 0; n--) {
          entries.set(text(), value(map.values(), depth));
        }
        yield entries;
      }
      case ScalarSchema scalar -> scalar(scalar.type());
      case AnySchema any -> any(any.kind(), depth);
    };
  }

  private JsonNode scalar(ScalarType type) {
    return switch (type) {
      case STRING -> MAKE.stringNode(text());
      case BYTES -> {
        byte[] bytes = new byte[1 + random.nextInt(9)];
        random.nextBytes(bytes);
        yield MAKE.stringNode(Base64.getEncoder().encodeToString(bytes));
      }
      case BOOLEAN -> MAKE.booleanNode(true);
      case INT32, INTEGER -> MAKE.numberNode(notZero());
      case INT64 ->
          random.nextBoolean()
              ? MAKE.numberNode(notZero())
              : MAKE.numberNode((1L << 40) + random.nextInt(1000));
      case DOUBLE -> MAKE.numberNode(random.nextDouble() + 1);
      case INT_OR_STRING ->
          random.nextBoolean() ? MAKE.numberNode(notZero()) : MAKE.stringNode(text());
      case QUANTITY -> MAKE.stringNode(List.of("1", "500m", "2Gi", "3k").get(random.nextInt(4)));
      case TIME -> MAKE.stringNode(Instant.ofEpochSecond(notZero() + (1L << 31)).toString());
      case MICRO_TIME ->
          MAKE.stringNode("2026-01-02T03:04:05.%06dZ".formatted(random.nextInt(1_000_000)));
    };
  }

  private JsonNode any(AnySchema.Kind kind, int depth) {
    ObjectNode raw = MAKE.objectNode().put(text(), random.nextInt());
    return switch (kind) {
      case JSON -> random.nextBoolean() ? raw : MAKE.stringNode(text());
      case RAW_EXTENSION, FIELDS_V1, PATCH -> raw;
      case JSON_SCHEMA_OR_ARRAY ->
          random.nextBoolean() ? jsonSchema(depth) : MAKE.arrayNode().add(jsonSchema(depth));
      case JSON_SCHEMA_OR_BOOL ->
          random.nextBoolean() ? jsonSchema(depth) : MAKE.booleanNode(random.nextBoolean());
      case JSON_SCHEMA_OR_STRING_ARRAY ->
          random.nextBoolean() ? jsonSchema(depth) : MAKE.arrayNode().add(text());
    };
  }

  private ObjectNode jsonSchema(int depth) {
    ObjectSchema schema = (ObjectSchema) BuiltinSchemas.get().byName(JSON_SCHEMA).orElseThrow();
    return object(schema, depth + 1);
  }

  private int notZero() {
    int n = random.nextInt();
    return n == 0 ? 1 : n;
  }

  private String text() {
    String letters = "abcxyzÄ-你0";
    StringBuilder text = new StringBuilder("t");
    for (int n = random.nextInt(6); n > 0; n--) {
      text.append(letters.charAt(random.nextInt(letters.length())));
    }
    return text.toString();
  }
}
