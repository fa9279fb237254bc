package dev.mokha.api.wire;

import dev.mokha.api.object.Json;
import dev.mokha.api.schema.AnySchema;
import dev.mokha.api.schema.ListSchema;
import dev.mokha.api.schema.MapSchema;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.api.schema.ScalarSchema;
import dev.mokha.api.schema.ScalarType;
import dev.mokha.api.schema.Schema;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Writes trees that fit their schema as messages. */
final class MessageEncoder {
  private final ProtobufWriter out;

  MessageEncoder(ProtobufWriter out) {
    this.out = out;
  }

  /** The fields of an object, without a length before them. */
  void object(JsonNode node, ObjectSchema schema) {
    fields(node, MessagePlan.of(schema));
  }

  private void fields(JsonNode node, MessagePlan plan) {
    for (MessagePlan.Entry entry : plan.descending()) {
      if (entry.inline() != null) {
        int mark = out.size();
        fields(node, entry.inline());
        if (out.size() > mark) {
          out.message(entry.number(), mark);
        }
      } else {
        JsonNode value = node.get(entry.field().name());
        if (value != null && !value.isNull()) {
          field(entry.number(), value, entry.field().schema());
        }
      }
    }
  }

  private void field(int number, JsonNode value, Schema schema) {
    switch (schema) {
      case ObjectSchema object -> {
        int mark = out.size();
        object(value, object);
        out.message(number, mark);
      }
      case ListSchema list -> {
        for (int i = value.size() - 1; i >= 0; i--) {
          field(number, value.get(i), list.items());
        }
      }
      case MapSchema map -> map(number, value, map.values());
      case ScalarSchema scalar -> scalar(number, value, scalar.type());
      case AnySchema any -> {
        int mark = out.size();
        free(value, any.kind());
        out.message(number, mark);
      }
    }
  }

  private void map(int number, JsonNode value, Schema values) {
    List<Map.Entry<String, JsonNode>> entries = new ArrayList<>(value.properties());
    for (Map.Entry<String, JsonNode> entry : entries.reversed()) {
      int mark = out.size();
      if (values instanceof ListSchema list) {
        // A map's value can't be repeated, so a message of its own holds the list.
        int items = out.size();
        field(1, entry.getValue(), list);
        out.message(2, items);
      } else {
        field(2, entry.getValue(), values);
      }
      out.string(1, entry.getKey());
      out.message(number, mark);
    }
  }

  private void scalar(int number, JsonNode value, ScalarType type) {
    switch (type) {
      case STRING -> out.string(number, value.asString());
      case BYTES -> out.bytes(number, Base64.getMimeDecoder().decode(value.asString()));
      case BOOLEAN -> out.bool(number, value.asBoolean(false));
      case INT32, INT64, INTEGER -> out.number(number, value.asLong(0));
      case DOUBLE -> out.real(number, value.asDouble(0));
      case INT_OR_STRING -> {
        int mark = out.size();
        boolean text = value.isString();
        out.string(3, text ? value.stringValue() : "");
        out.number(2, text ? 0 : value.asInt(0));
        out.number(1, text ? 1 : 0);
        out.message(number, mark);
      }
      case QUANTITY -> {
        int mark = out.size();
        out.string(1, value.asString());
        out.message(number, mark);
      }
      case TIME, MICRO_TIME -> {
        int mark = out.size();
        Instant time = OffsetDateTime.parse(value.asString()).toInstant();
        out.number(2, type == ScalarType.TIME ? 0 : time.getNano());
        out.number(1, time.getEpochSecond());
        out.message(number, mark);
      }
    }
  }

  /** Free forms travel as JSON, but schemas in schemas have messages of their own. */
  private void free(JsonNode value, AnySchema.Kind kind) {
    switch (kind) {
      case JSON, RAW_EXTENSION, FIELDS_V1, PATCH -> out.bytes(1, Json.bytes(value));
      case JSON_SCHEMA_OR_ARRAY -> {
        if (value.isArray()) {
          for (int i = value.size() - 1; i >= 0; i--) {
            jsonSchema(2, value.get(i));
          }
        } else {
          jsonSchema(1, value);
        }
      }
      case JSON_SCHEMA_OR_BOOL -> {
        if (value.isObject()) {
          jsonSchema(2, value);
        }
        out.bool(1, value.asBoolean(true));
      }
      case JSON_SCHEMA_OR_STRING_ARRAY -> {
        if (value.isArray()) {
          for (int i = value.size() - 1; i >= 0; i--) {
            out.string(2, value.get(i).asString());
          }
        } else {
          jsonSchema(1, value);
        }
      }
    }
  }

  private void jsonSchema(int number, JsonNode value) {
    int mark = out.size();
    object(value, JsonSchemas.SCHEMA);
    out.message(number, mark);
  }
}
