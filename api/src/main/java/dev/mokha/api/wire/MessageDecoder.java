package dev.mokha.api.wire;

import dev.mokha.api.object.Json;
import dev.mokha.api.schema.AnySchema;
import dev.mokha.api.schema.Field;
import dev.mokha.api.schema.ListSchema;
import dev.mokha.api.schema.MapSchema;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.api.schema.ScalarSchema;
import dev.mokha.api.schema.ScalarType;
import dev.mokha.api.schema.Schema;
import dev.mokha.api.schema.ZeroValues;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Reads messages as trees. Fields that the schema does not know are skipped. */
final class MessageDecoder {
  private static final JsonNodeFactory MAKE = JsonNodeFactory.instance;
  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'Z'").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private int depth;

  ObjectNode object(ProtobufReader in, ObjectSchema schema) {
    ObjectNode node = MAKE.objectNode();
    fields(in, MessagePlan.of(schema), node);
    return node;
  }

  private void fields(ProtobufReader in, MessagePlan plan, ObjectNode node) {
    if (++depth > Json.MAX_DEPTH) {
      throw new IllegalArgumentException("the protobuf message is nested too deeply");
    }
    while (in.next()) {
      MessagePlan.Entry entry = plan.find(in.field());
      if (entry == null) {
        in.skip();
      } else if (entry.inline() != null) {
        fields(in.message(), entry.inline(), node);
      } else {
        field(in, entry.field(), node);
      }
    }
    depth--;
  }

  private void field(ProtobufReader in, Field field, ObjectNode node) {
    switch (field.schema()) {
      case ListSchema list -> {
        ArrayNode array = node.get(field.name()) instanceof ArrayNode a ? a : null;
        if (array == null) {
          array = node.putArray(field.name());
        }
        item(in, list.items(), array);
      }
      case MapSchema map -> {
        ObjectNode entries = node.get(field.name()) instanceof ObjectNode o ? o : null;
        if (entries == null) {
          entries = node.putObject(field.name());
        }
        entry(in.message(), map.values(), entries);
      }
      case ScalarSchema _, ObjectSchema _, AnySchema _ -> {
        JsonNode value = value(in, field.schema());
        if (value != null && !ZeroValues.isLeftOut(field, value)) {
          node.set(field.name(), value);
        }
      }
    }
  }

  /** One element; or several numbers, when the writer packed them. */
  private void item(ProtobufReader in, Schema items, ArrayNode array) {
    boolean number =
        items instanceof ScalarSchema s
            && (s.type() == ScalarType.INT32
                || s.type() == ScalarType.INT64
                || s.type() == ScalarType.BOOLEAN
                || s.type() == ScalarType.DOUBLE);
    if (number && in.wireType() == ProtobufReader.LENGTH) {
      ProtobufReader packed = in.message();
      while (!packed.atEnd()) {
        array.add(value(packed, items));
      }
    } else {
      JsonNode value = value(in, items);
      array.add(value == null ? MAKE.nullNode() : value);
    }
  }

  private void entry(ProtobufReader in, Schema values, ObjectNode into) {
    String key = "";
    JsonNode value = null;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> key = in.string();
        case 2 -> value = values instanceof ListSchema list ? wrapped(in, list) : value(in, values);
        default -> in.skip();
      }
    }
    into.set(key, value == null ? empty(values) : value);
  }

  private ArrayNode wrapped(ProtobufReader in, ListSchema list) {
    ArrayNode array = MAKE.arrayNode();
    ProtobufReader inner = in.message();
    while (inner.next()) {
      if (inner.field() == 1) {
        item(inner, list.items(), array);
      } else {
        inner.skip();
      }
    }
    return array;
  }

  private static JsonNode empty(Schema values) {
    return switch (values) {
      case ObjectSchema _, MapSchema _, AnySchema _ -> MAKE.objectNode();
      case ListSchema _ -> MAKE.arrayNode();
      case ScalarSchema scalar ->
          switch (scalar.type()) {
            case INT32, INT64, INTEGER, DOUBLE -> MAKE.numberNode(0);
            case BOOLEAN -> MAKE.booleanNode(false);
            case QUANTITY -> MAKE.stringNode("0");
            case STRING, BYTES, INT_OR_STRING, TIME, MICRO_TIME -> MAKE.stringNode("");
          };
    };
  }

  private JsonNode value(ProtobufReader in, Schema schema) {
    return switch (schema) {
      case ObjectSchema object -> object(in.message(), object);
      case ScalarSchema scalar -> scalar(in, scalar.type());
      case AnySchema any -> free(in.message(), any.kind());
      case ListSchema _, MapSchema _ ->
          throw new IllegalStateException("Protobuf has no lists of lists");
    };
  }

  private static JsonNode scalar(ProtobufReader in, ScalarType type) {
    return switch (type) {
      case STRING -> MAKE.stringNode(in.string());
      case BYTES -> MAKE.stringNode(Base64.getEncoder().encodeToString(in.bytes()));
      case BOOLEAN -> MAKE.booleanNode(in.number() != 0);
      case INT32 -> MAKE.numberNode((int) in.number());
      case INT64, INTEGER -> number(in.number());
      case DOUBLE -> MAKE.numberNode(in.real());
      case INT_OR_STRING -> intOrString(in.message());
      case QUANTITY -> {
        ProtobufReader inner = in.message();
        String text = "0";
        while (inner.next()) {
          if (inner.field() == 1) {
            text = inner.string();
          } else {
            inner.skip();
          }
        }
        yield MAKE.stringNode(text);
      }
      case TIME, MICRO_TIME -> time(in.message(), type == ScalarType.MICRO_TIME);
    };
  }

  /** As a JSON parser would make it, so that equal trees are equal. */
  private static JsonNode number(long value) {
    return value == (int) value ? MAKE.numberNode((int) value) : MAKE.numberNode(value);
  }

  private static JsonNode intOrString(ProtobufReader in) {
    long type = 0;
    int number = 0;
    String text = "";
    while (in.next()) {
      switch (in.field()) {
        case 1 -> type = in.number();
        case 2 -> number = (int) in.number();
        case 3 -> text = in.string();
        default -> in.skip();
      }
    }
    return type == 1 ? MAKE.stringNode(text) : MAKE.numberNode(number);
  }

  /** The zero time means none. */
  private static JsonNode time(ProtobufReader in, boolean micros) {
    long seconds = 0;
    int nanos = 0;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> seconds = in.number();
        case 2 -> nanos = (int) in.number();
        default -> in.skip();
      }
    }
    if (seconds == 0 && nanos == 0) {
      return null;
    }
    Instant time = Instant.ofEpochSecond(seconds, nanos);
    return MAKE.stringNode((micros ? MICROS : SECONDS).format(time));
  }

  private JsonNode free(ProtobufReader in, AnySchema.Kind kind) {
    return switch (kind) {
      case JSON, RAW_EXTENSION, FIELDS_V1, PATCH -> raw(in);
      case JSON_SCHEMA_OR_ARRAY -> schemaOr(in, false);
      case JSON_SCHEMA_OR_BOOL -> schemaOrBool(in);
      case JSON_SCHEMA_OR_STRING_ARRAY -> schemaOr(in, true);
    };
  }

  private static JsonNode raw(ProtobufReader in) {
    byte[] raw = {};
    while (in.next()) {
      if (in.field() == 1) {
        raw = in.bytes();
      } else {
        in.skip();
      }
    }
    if (raw.length == 0) {
      return null;
    }
    try {
      return ProtobufCodec.isEnveloped(raw)
          ? ProtobufCodec.decode(raw).tree()
          : Json.MAPPER.readTree(raw);
    } catch (JacksonException e) {
      throw new IllegalArgumentException("an embedded object is not JSON", e);
    }
  }

  private JsonNode schemaOr(ProtobufReader in, boolean strings) {
    JsonNode single = null;
    ArrayNode many = MAKE.arrayNode();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> single = object(in.message(), JsonSchemas.SCHEMA);
        case 2 -> {
          if (strings) {
            many.add(in.string());
          } else {
            many.add(object(in.message(), JsonSchemas.SCHEMA));
          }
        }
        default -> in.skip();
      }
    }
    return single != null ? single : many;
  }

  private JsonNode schemaOrBool(ProtobufReader in) {
    boolean allows = false;
    JsonNode schema = null;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> allows = in.number() != 0;
        case 2 -> schema = object(in.message(), JsonSchemas.SCHEMA);
        default -> in.skip();
      }
    }
    return schema != null ? schema : MAKE.booleanNode(allows);
  }
}
