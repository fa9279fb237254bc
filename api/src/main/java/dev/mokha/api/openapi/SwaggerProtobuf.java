package dev.mokha.api.openapi;

import dev.mokha.api.object.Json;
import dev.mokha.api.wire.ProtobufWriter;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes an OpenAPI v2 document in the protobuf form that kubectl asks for, {@code
 * openapi.v2.Document} of gnostic. The numbers are those of its OpenAPIv2.proto; of the document
 * only what {@link SwaggerDocument} writes is known here. Everything is written from its end to its
 * beginning, see {@link ProtobufWriter}.
 */
final class SwaggerProtobuf {
  private final ProtobufWriter out = new ProtobufWriter();

  private SwaggerProtobuf() {}

  /** A whole document. */
  static byte[] encode(ObjectNode document) {
    return join(
        definitions(document.path("definitions")),
        paths(document.path("paths")),
        document.path("info").path("version").asString(""));
  }

  /** Puts the document together. */
  static byte[] join(List<SwaggerPart> parts, String version) {
    ByteArrayOutputStream paths = new ByteArrayOutputStream(1 << 20);
    ByteArrayOutputStream definitions = new ByteArrayOutputStream(1 << 20);
    for (SwaggerPart part : parts) {
      paths.writeBytes(part.protobuf().paths());
      definitions.writeBytes(part.protobuf().definitions());
    }
    return join(definitions.toByteArray(), paths.toByteArray(), version);
  }

  private static byte[] join(byte[] definitions, byte[] paths, String version) {
    ProtobufWriter out = new ProtobufWriter(paths.length + definitions.length + 64);
    out.bytes(9, definitions);
    out.bytes(8, paths);
    int mark = out.size();
    out.string(2, version);
    out.string(1, "Kubernetes");
    out.message(2, mark);
    out.string(1, "2.0");
    return out.toBytes();
  }

  /** The entries of {@code definitions}. */
  static byte[] definitions(JsonNode definitions) {
    SwaggerProtobuf writer = new SwaggerProtobuf();
    for (Map.Entry<String, JsonNode> e : reversed(definitions)) {
      writer.named(1, e.getKey(), () -> writer.schema(e.getValue()));
    }
    return writer.out.toBytes();
  }

  /** The entries of {@code paths}. */
  static byte[] paths(JsonNode paths) {
    SwaggerProtobuf writer = new SwaggerProtobuf();
    for (Map.Entry<String, JsonNode> e : reversed(paths)) {
      writer.named(2, e.getKey(), () -> writer.pathItem(e.getValue()));
    }
    return writer.out.toBytes();
  }

  private void pathItem(JsonNode item) {
    parameters(9, item.path("parameters"));
    operation(8, item.path("patch"));
    operation(5, item.path("delete"));
    operation(4, item.path("post"));
    operation(3, item.path("put"));
    operation(2, item.path("get"));
  }

  private void operation(int field, JsonNode operation) {
    if (operation.isMissingNode()) {
      return;
    }
    int mark = out.size();
    extensions(13, operation);
    texts(10, operation, "schemes");
    int responses = out.size();
    for (Map.Entry<String, JsonNode> e : reversed(operation.path("responses"))) {
      named(1, e.getKey(), () -> response(e.getValue()));
    }
    out.message(9, responses);
    parameters(8, operation.path("parameters"));
    texts(7, operation, "consumes");
    texts(6, operation, "produces");
    text(5, operation, "operationId");
    text(3, operation, "description");
    texts(1, operation, "tags");
    out.message(field, mark);
  }

  private void response(JsonNode response) {
    int mark = out.size();
    if (response.has("schema")) {
      int item = out.size();
      int schema = out.size();
      schema(response.path("schema"));
      out.message(1, schema);
      out.message(2, item);
    }
    text(1, response, "description");
    out.message(1, mark);
  }

  private void parameters(int field, JsonNode parameters) {
    for (int i = parameters.size() - 1; i >= 0; i--) {
      JsonNode p = parameters.get(i);
      int item = out.size();
      int parameter = out.size();
      if (p.path("in").asString("").equals("body")) {
        int body = out.size();
        int schema = out.size();
        schema(p.path("schema"));
        out.message(5, schema);
        flag(4, p, "required");
        text(3, p, "in");
        text(2, p, "name");
        out.message(1, body);
      } else {
        int either = out.size();
        boolean query = p.path("in").asString("").equals("query");
        int one = out.size();
        flag(query ? 20 : 19, p, "uniqueItems");
        text(query ? 6 : 5, p, "type");
        text(4, p, "name");
        text(3, p, "description");
        text(2, p, "in");
        flag(1, p, "required");
        out.message(query ? 3 : 4, one);
        out.message(2, either);
      }
      out.message(1, parameter);
      out.message(field, item);
    }
  }

  private void schema(JsonNode schema) {
    extensions(31, schema);
    if (schema.has("properties")) {
      int mark = out.size();
      for (Map.Entry<String, JsonNode> e : reversed(schema.path("properties"))) {
        named(1, e.getKey(), () -> schema(e.getValue()));
      }
      out.message(25, mark);
    }
    if (schema.has("items")) {
      int mark = out.size();
      int item = out.size();
      schema(schema.path("items"));
      out.message(1, item);
      out.message(23, mark);
    }
    if (schema.has("type")) {
      int mark = out.size();
      text(1, schema, "type");
      out.message(22, mark);
    }
    if (schema.has("additionalProperties")) {
      int mark = out.size();
      if (schema.path("additionalProperties").isBoolean()) {
        out.bool(2, schema.path("additionalProperties").booleanValue());
      } else {
        int item = out.size();
        schema(schema.path("additionalProperties"));
        out.message(1, item);
      }
      out.message(21, mark);
    }
    JsonNode values = schema.path("enum");
    for (int i = values.size() - 1; i >= 0; i--) {
      int mark = out.size();
      out.string(2, Json.text(values.get(i)));
      out.message(20, mark);
    }
    texts(19, schema, "required");
    whole(18, schema, "minProperties");
    whole(17, schema, "maxProperties");
    flag(16, schema, "uniqueItems");
    whole(15, schema, "minItems");
    whole(14, schema, "maxItems");
    text(13, schema, "pattern");
    whole(12, schema, "minLength");
    whole(11, schema, "maxLength");
    flag(10, schema, "exclusiveMinimum");
    real(9, schema, "minimum");
    flag(8, schema, "exclusiveMaximum");
    real(7, schema, "maximum");
    real(6, schema, "multipleOf");
    text(4, schema, "description");
    text(3, schema, "title");
    text(2, schema, "format");
    text(1, schema, "$ref");
  }

  /** Extensions travel as YAML, of which JSON is a part. */
  private void extensions(int field, JsonNode node) {
    for (Map.Entry<String, JsonNode> e : reversed(node)) {
      if (e.getKey().startsWith("x-")) {
        named(field, e.getKey(), () -> out.string(2, Json.text(e.getValue())));
      }
    }
  }

  /** An entry of a map: name and value. */
  private void named(int field, String name, Runnable value) {
    int mark = out.size();
    int inner = out.size();
    value.run();
    out.message(2, inner);
    out.string(1, name);
    out.message(field, mark);
  }

  private void text(int field, JsonNode node, String name) {
    JsonNode value = node.get(name);
    if (value != null) {
      out.string(field, value.asString());
    }
  }

  private void texts(int field, JsonNode node, String name) {
    JsonNode values = node.path(name);
    for (int i = values.size() - 1; i >= 0; i--) {
      out.string(field, values.get(i).asString());
    }
  }

  private void whole(int field, JsonNode node, String name) {
    if (node.path(name).isNumber()) {
      out.number(field, node.path(name).asLong());
    }
  }

  private void real(int field, JsonNode node, String name) {
    if (node.path(name).isNumber()) {
      out.real(field, node.path(name).doubleValue());
    }
  }

  private void flag(int field, JsonNode node, String name) {
    if (node.path(name).asBoolean(false)) {
      out.bool(field, true);
    }
  }

  private static List<Map.Entry<String, JsonNode>> reversed(JsonNode object) {
    return new ArrayList<>(object.properties()).reversed();
  }
}
