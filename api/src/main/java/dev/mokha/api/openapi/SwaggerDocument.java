package dev.mokha.api.openapi;

import dev.mokha.api.object.Json;
import dev.mokha.api.schema.BuiltinSchemas;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes the one OpenAPI v2 document. */
final class SwaggerDocument {
  private SwaggerDocument() {}

  /** The part of the built-in resources. */
  static ObjectNode builtIn(BuiltinSchemas schemas, List<ApiOperation.Path> paths) {
    ObjectNode part = paths(paths);
    OpenApiDefinitions writer = OpenApiDefinitions.swagger(schemas, true);
    ObjectNode definitions = part.putObject("definitions");
    schemas.definitions().forEach(name -> definitions.set(name, writer.definition(name)));
    return part;
  }

  /** The part of one version of a custom resource. */
  static ObjectNode custom(CustomType type, List<ApiOperation.Path> paths) {
    ObjectNode part = paths(paths);
    CustomDefinitions.swagger().add(type, part.putObject("definitions"));
    return part;
  }

  /** Puts the document together. */
  static byte[] join(List<SwaggerPart> parts, String version) {
    ObjectNode head = Json.MAPPER.createObjectNode().put("swagger", "2.0");
    head.putObject("info").put("title", "Kubernetes").put("version", version);
    ObjectNode tail = Json.MAPPER.createObjectNode();
    tail.putObject("securityDefinitions")
        .putObject("BearerToken")
        .put("type", "apiKey")
        .put("name", "authorization")
        .put("in", "header")
        .put("description", "A bearer token");
    tail.putArray("security").addObject().putArray("BearerToken");
    byte[] start = Json.bytes(head);
    ByteArrayOutputStream out = new ByteArrayOutputStream(4 << 20);
    out.write(start, 0, start.length - 1);
    List<SwaggerPart.Bytes> bytes = parts.stream().map(SwaggerPart::json).toList();
    members(out, "paths", bytes.stream().map(SwaggerPart.Bytes::paths).toList());
    members(out, "definitions", bytes.stream().map(SwaggerPart.Bytes::definitions).toList());
    byte[] end = Json.bytes(tail);
    out.write(',');
    out.write(end, 1, end.length - 1);
    return out.toByteArray();
  }

  private static void members(ByteArrayOutputStream out, String name, List<byte[]> members) {
    out.writeBytes((",\"" + name + "\":{").getBytes(StandardCharsets.UTF_8));
    boolean more = false;
    for (byte[] m : members) {
      if (m.length > 0) {
        if (more) {
          out.write(',');
        }
        out.writeBytes(m);
        more = true;
      }
    }
    out.write('}');
  }

  private static ObjectNode paths(List<ApiOperation.Path> paths) {
    ObjectNode part = Json.MAPPER.createObjectNode();
    ObjectNode all = part.putObject("paths");
    for (ApiOperation.Path path : paths) {
      ObjectNode item = all.putObject(path.path());
      for (ApiOperation operation : path.operations()) {
        item.set(operation.method(), operation(operation, path.tag()));
      }
      parameters(path.parameters(), item.putArray("parameters"));
    }
    return part;
  }

  private static ObjectNode operation(ApiOperation operation, String tag) {
    ObjectNode out = Json.MAPPER.createObjectNode();
    out.putArray("tags").add(tag);
    out.put("description", operation.summary()).put("operationId", operation.id());
    ArrayNode consumes = out.putArray("consumes");
    if (operation.patches()) {
      operation.patchTypes().forEach(consumes::add);
    } else {
      consumes.add("*/*");
    }
    ArrayNode produces = out.putArray("produces");
    if (operation.connects()) {
      produces.add("*/*");
    } else {
      operation.produces().forEach(produces::add);
    }
    if (operation.streams()) {
      produces.add("application/json;stream=watch");
      if (!operation.custom()) {
        produces.add("application/vnd.kubernetes.protobuf;stream=watch");
      }
    }
    out.putArray("schemes").add("https");
    ArrayNode parameters = out.putArray("parameters");
    if (!operation.body().isEmpty()) {
      ObjectNode body = parameters.addObject().put("name", "body").put("in", "body");
      if (operation.bodyRequired()) {
        body.put("required", true);
      }
      reference(body.putObject("schema"), operation.body());
    }
    parameters(operation.parameters(), parameters);
    ObjectNode responses = out.putObject("responses");
    for (int code : operation.codes()) {
      ObjectNode schema =
          responses
              .putObject(Integer.toString(code))
              .put("description", code == 200 ? "OK" : code == 201 ? "Created" : "Accepted")
              .putObject("schema");
      if (operation.response().isEmpty()) {
        schema.put("type", "string");
      } else {
        reference(schema, operation.response());
      }
    }
    responses.putObject("401").put("description", "Unauthorized");
    out.put("x-kubernetes-action", operation.action());
    out.putObject("x-kubernetes-group-version-kind")
        .put("group", operation.kind().group())
        .put("kind", operation.kind().kind())
        .put("version", operation.kind().version());
    return out;
  }

  private static void reference(ObjectNode schema, String definition) {
    schema.put("$ref", "#/definitions/" + definition);
  }

  private static void parameters(List<ApiOperation.Parameter> parameters, ArrayNode out) {
    for (ApiOperation.Parameter p : parameters) {
      ObjectNode node = out.addObject().put("name", p.name()).put("in", p.in());
      node.put("description", p.description()).put("type", p.type()).put("uniqueItems", true);
      if (p.required()) {
        node.put("required", true);
      }
    }
  }
}
