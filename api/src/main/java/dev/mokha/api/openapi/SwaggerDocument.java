package dev.mokha.api.openapi;

import dev.mokha.api.object.Json;
import dev.mokha.api.schema.BuiltinSchemas;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes the one OpenAPI v2 document. */
final class SwaggerDocument {
  private static final List<String> PLAIN =
      List.of("application/json", "application/yaml", "application/vnd.kubernetes.protobuf");
  static final List<String> PATCHES =
      List.of(
          "application/json-patch+json",
          "application/merge-patch+json",
          "application/strategic-merge-patch+json",
          "application/apply-patch+yaml");

  private SwaggerDocument() {}

  static ObjectNode make(BuiltinSchemas schemas, List<ApiOperation.Path> paths, String version) {
    ObjectNode document = Json.MAPPER.createObjectNode().put("swagger", "2.0");
    document.putObject("info").put("title", "Kubernetes").put("version", version);
    ObjectNode all = document.putObject("paths");
    for (ApiOperation.Path path : paths) {
      ObjectNode item = all.putObject(path.path());
      for (ApiOperation operation : path.operations()) {
        item.set(operation.method(), operation(operation, path.tag()));
      }
      parameters(path.parameters(), item.putArray("parameters"));
    }
    OpenApiDefinitions writer = OpenApiDefinitions.swagger(schemas, true);
    ObjectNode definitions = document.putObject("definitions");
    schemas.definitions().forEach(name -> definitions.set(name, writer.definition(name)));
    document
        .putObject("securityDefinitions")
        .putObject("BearerToken")
        .put("type", "apiKey")
        .put("name", "authorization")
        .put("in", "header")
        .put("description", "A bearer token");
    document.putArray("security").addObject().putArray("BearerToken");
    return document;
  }

  private static ObjectNode operation(ApiOperation operation, String tag) {
    ObjectNode out = Json.MAPPER.createObjectNode();
    out.putArray("tags").add(tag);
    out.put("description", operation.summary()).put("operationId", operation.id());
    ArrayNode consumes = out.putArray("consumes");
    if (operation.patches()) {
      PATCHES.forEach(consumes::add);
    } else {
      consumes.add("*/*");
    }
    ArrayNode produces = out.putArray("produces");
    if (operation.connects()) {
      produces.add("*/*");
    } else {
      PLAIN.forEach(produces::add);
    }
    if (operation.streams()) {
      produces.add("application/json;stream=watch");
      produces.add("application/vnd.kubernetes.protobuf;stream=watch");
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
