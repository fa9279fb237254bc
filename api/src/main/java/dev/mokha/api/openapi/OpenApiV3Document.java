package dev.mokha.api.openapi;

import dev.mokha.api.object.Json;
import dev.mokha.api.schema.BuiltinSchemas;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes the OpenAPI v3 document of one group and version. */
final class OpenApiV3Document {
  private OpenApiV3Document() {}

  /**
   * A document.
   *
   * @param seeds definitions to carry besides those that the paths refer to
   * @param custom the custom resources among those of the paths
   */
  static ObjectNode make(
      BuiltinSchemas schemas,
      List<ApiOperation.Path> paths,
      Set<String> seeds,
      List<CustomType> custom,
      String version) {
    ObjectNode document = Json.MAPPER.createObjectNode().put("openapi", "3.0.0");
    document.putObject("info").put("title", "Kubernetes").put("version", version);
    ObjectNode all = document.putObject("paths");
    Set<String> needed = new TreeSet<>(seeds);
    for (ApiOperation.Path path : paths) {
      ObjectNode item = all.putObject(path.path());
      for (ApiOperation operation : path.operations()) {
        item.set(operation.method(), operation(operation, path.tag()));
        needed.add(operation.body());
        needed.add(operation.response());
      }
      parameters(path.parameters(), item.putArray("parameters"));
    }
    needed.remove("");
    ObjectNode components = document.putObject("components");
    ObjectNode definitions = components.putObject("schemas");
    CustomDefinitions writer = CustomDefinitions.v3();
    custom.forEach(type -> writer.add(type, definitions));
    OpenApiDefinitions.references(definitions, needed);
    needed.removeAll(definitions.propertyNames());
    definitions(schemas, needed).forEach(definitions::set);
    components
        .putObject("securitySchemes")
        .putObject("BearerToken")
        .put("type", "apiKey")
        .put("name", "authorization")
        .put("in", "header")
        .put("description", "A bearer token");
    document.putArray("security").addObject().putArray("BearerToken");
    return document;
  }

  /** These definitions and all that they lead to. */
  private static SortedMap<String, ObjectNode> definitions(
      BuiltinSchemas schemas, Set<String> seeds) {
    OpenApiDefinitions writer = OpenApiDefinitions.v3(schemas);
    SortedMap<String, ObjectNode> definitions = new TreeMap<>();
    Deque<String> open = new ArrayDeque<>(seeds);
    while (!open.isEmpty()) {
      String name = open.pop();
      if (!definitions.containsKey(name)) {
        ObjectNode definition = writer.definition(name);
        definitions.put(name, definition);
        OpenApiDefinitions.references(definition, open);
      }
    }
    return definitions;
  }

  private static ObjectNode operation(ApiOperation operation, String tag) {
    ObjectNode out = Json.MAPPER.createObjectNode();
    out.putArray("tags").add(tag);
    out.put("description", operation.summary()).put("operationId", operation.id());
    if (!operation.parameters().isEmpty()) {
      parameters(operation.parameters(), out.putArray("parameters"));
    }
    if (!operation.body().isEmpty()) {
      ObjectNode body = out.putObject("requestBody");
      ObjectNode content = body.putObject("content");
      for (String type : operation.patches() ? operation.patchTypes() : List.of("*/*")) {
        reference(content.putObject(type).putObject("schema"), operation.body());
      }
      if (operation.bodyRequired()) {
        body.put("required", true);
      }
    }
    ObjectNode responses = out.putObject("responses");
    for (int code : operation.codes()) {
      ObjectNode response =
          responses
              .putObject(Integer.toString(code))
              .put("description", code == 200 ? "OK" : code == 201 ? "Created" : "Accepted");
      ObjectNode content = response.putObject("content");
      for (String type : operation.connects() ? List.of("*/*") : operation.produces()) {
        ObjectNode schema = content.putObject(type).putObject("schema");
        if (operation.response().isEmpty()) {
          schema.put("type", "string");
        } else {
          reference(schema, operation.response());
        }
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
    schema.put("$ref", "#/components/schemas/" + definition);
  }

  private static void parameters(List<ApiOperation.Parameter> parameters, ArrayNode out) {
    for (ApiOperation.Parameter p : parameters) {
      ObjectNode node = out.addObject().put("name", p.name()).put("in", p.in());
      node.put("description", p.description());
      if (p.required()) {
        node.put("required", true);
      }
      node.putObject("schema").put("type", p.type()).put("uniqueItems", true);
    }
  }
}
