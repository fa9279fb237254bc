package dev.mokha.api.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokha.api.object.Json;
import dev.mokha.api.openapi.OpenApi;
import dev.mokha.api.resource.BuiltinResources;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.ResourceType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Compares every definition, field and resource with the official OpenAPI document of release 1.36,
 * when the environment variable MOKHA_REFERENCE_SWAGGER names the file.
 */
@Tag("reference")
class ReferenceSwaggerTest {
  /** The reference gives a list type to a string of bytes, which no client can use. */
  private static final String NO_LIST =
      "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceSpec properties caBundle"
          + " x-kubernetes-list-type";

  private final BuiltinSchemas schemas = BuiltinSchemas.get();
  private JsonNode swagger;

  @BeforeEach
  void readReference() throws IOException {
    String file = System.getenv("MOKHA_REFERENCE_SWAGGER");
    assumeTrue(
        file != null && !file.isEmpty(),
        "MOKHA_REFERENCE_SWAGGER does not name the OpenAPI document of 1.36");
    swagger = Json.parseObject(Files.readAllBytes(Path.of(file)));
  }

  @Test
  void everyDefinitionAndFieldIsAsInTheReference() {
    List<String> differences = new ArrayList<>();
    for (String name : schemas.definitions()) {
      JsonNode expected = swagger.path("definitions").path(name);
      if (expected.isMissingNode()) {
        differences.add(name + ": not in the reference");
        continue;
      }
      ObjectNode ours = OpenApiOf.definition(schemas, name);
      compare(name, withoutProse(expected), ours, differences);
    }
    assertThat(differences).isEmpty();
  }

  @Test
  void nothingThatIsReferredToIsMissing() {
    Set<String> missing = new TreeSet<>();
    for (String name : schemas.definitions()) {
      collectReferences(swagger.path("definitions").path(name), missing);
    }
    missing.removeAll(schemas.definitions());
    assertThat(missing).isEmpty();
  }

  @Test
  void everyFieldIsDescribed() {
    List<String> bare = new ArrayList<>();
    for (String name : schemas.definitions()) {
      if (schemas.byName(name).orElseThrow() instanceof ObjectSchema object) {
        object.fields().stream()
            .filter(f -> f.description().isBlank())
            .forEach(f -> bare.add(name + "." + f.name()));
      }
      if (swagger.path("definitions").path(name).has("description")
          && schemas.description(name).isBlank()) {
        bare.add(name);
      }
    }
    assertThat(bare).isEmpty();
  }

  @Test
  void everyServedResourceHasItsPathsVerbsAndKind() {
    Map<String, Set<String>> expected = new TreeMap<>();
    Set<String> served = new TreeSet<>();
    for (BuiltinResources.Group group : BuiltinResources.get().groups()) {
      for (String version : group.versions()) {
        served.add(
            group.name().isEmpty() ? "/api/" + version : "/apis/" + group.name() + "/" + version);
      }
    }
    for (Map.Entry<String, JsonNode> path : swagger.path("paths").properties()) {
      for (String prefix : served) {
        if (path.getKey().startsWith(prefix + "/")
            && path.getKey().length() > prefix.length() + 1) {
          collectActions(prefix, path.getKey().substring(prefix.length() + 1), path, expected);
        }
      }
    }
    Map<String, Set<String>> ours = new TreeMap<>();
    for (ResourceType type : BuiltinResources.get().all()) {
      String name = type.gvr().pathPrefix() + " " + type.gvr().resource();
      ours.put(name, describe(type.verbs(), type.gvk()));
      for (ResourceType.Subresource sub : type.subresources()) {
        ours.put(name + "/" + sub.name(), describe(sub.verbs(), sub.kind()));
      }
    }
    assertThat(ours).isEqualTo(expected);
  }

  @Test
  void everyOperationIsAsInTheReference() {
    JsonNode ours =
        Json.parseObject(new OpenApi(schemas, BuiltinResources.get(), "v1.36.0").v2Json().bytes())
            .path("paths");
    List<String> differences = new ArrayList<>();
    for (Map.Entry<String, JsonNode> path : swagger.path("paths").properties()) {
      if (!isServed(path.getKey())) {
        continue;
      }
      JsonNode mine = ours.path(path.getKey());
      for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
        if (!Set.of("head", "options", "parameters").contains(operation.getKey())) {
          compareOperation(
              operation.getKey() + " " + path.getKey(),
              operation.getValue(),
              mine.path(operation.getKey()),
              differences);
        }
      }
      Set<String> expected = parameterNames(path.getValue());
      path.getValue().forEach(o -> expected.addAll(parameterNames(o)));
      Set<String> actual = parameterNames(mine);
      mine.forEach(o -> actual.addAll(parameterNames(o)));
      if (!expected.equals(actual)) {
        differences.add(path.getKey() + ": parameters " + expected + ", ours " + actual);
      }
    }
    assertThat(differences).isEmpty();
    assertThat(swagger.path("paths").propertyNames()).containsAll(ours.propertyNames());
  }

  /** The separate paths of watches are deprecated and not documented. */
  private static boolean isServed(String path) {
    return !path.endsWith("/")
        && !path.contains("/v1/watch/")
        && !path.contains("/v2/watch/")
        && BuiltinResources.get().all().stream()
            .anyMatch(t -> path.startsWith(t.gvr().pathPrefix() + "/"));
  }

  private static void compareOperation(
      String at, JsonNode expected, JsonNode ours, List<String> into) {
    for (String field :
        List.of("operationId", "x-kubernetes-action", "x-kubernetes-group-version-kind", "tags")) {
      if (!expected.path(field).equals(ours.path(field))) {
        into.add(
            at
                + " "
                + field
                + ": reference "
                + expected.path(field)
                + ", ours "
                + ours.path(field));
      }
    }
    JsonNode responses = expected.path("responses");
    for (String code : responses.propertyNames()) {
      JsonNode schema = ours.path("responses").path(code).path("schema");
      if (!responses.path(code).path("schema").equals(schema)) {
        into.add(
            at
                + " "
                + code
                + ": reference "
                + responses.path(code).path("schema")
                + ", ours "
                + schema);
      }
    }
  }

  private Set<String> parameterNames(JsonNode node) {
    Set<String> names = new TreeSet<>();
    for (JsonNode p : node.path("parameters")) {
      String ref = p.path("$ref").asString("");
      JsonNode parameter =
          ref.isEmpty()
              ? p
              : swagger.path("parameters").path(ref.substring("#/parameters/".length()));
      names.add(parameter.path("name").asString(""));
    }
    // Of a feature that is off by default.
    names.remove("shardSelector");
    return names;
  }

  private static Set<String> describe(Set<String> verbs, GroupVersionKind kind) {
    Set<String> all = new TreeSet<>(verbs);
    all.add("kind " + kind.apiVersion() + " " + kind.kind());
    return all;
  }

  private static void collectActions(
      String prefix, String rest, Map.Entry<String, JsonNode> path, Map<String, Set<String>> all) {
    String way = rest.startsWith("watch/") ? rest.substring(6) : rest;
    way = way.replaceFirst("^namespaces/\\{namespace\\}/", "").replace("/{path}", "");
    String name = prefix + " " + way.replace("/{name}", "");
    for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
      JsonNode kind = operation.getValue().path("x-kubernetes-group-version-kind");
      String action = operation.getValue().path("x-kubernetes-action").asString("");
      String verb =
          switch (action) {
            case "" -> "";
            case "post" -> "create";
            case "put" -> "update";
            case "watchlist" -> "watch";
            case "connect" ->
                Map.of("post", "create", "put", "update", "head", "", "options", "")
                    .getOrDefault(operation.getKey(), operation.getKey());
            default -> action;
          };
      if (!verb.isEmpty()) {
        Set<String> facts = all.computeIfAbsent(name, _ -> new TreeSet<>());
        facts.add(verb);
        facts.add(
            "kind "
                + new GroupVersionKind(
                        kind.path("group").asString(""), kind.path("version").asString(""), "")
                    .apiVersion()
                + " "
                + kind.path("kind").asString(""));
      }
    }
  }

  private static void collectReferences(JsonNode node, Set<String> references) {
    if (node.path("$ref").isString()) {
      references.add(node.path("$ref").stringValue().substring("#/definitions/".length()));
    }
    for (JsonNode child : node) {
      collectReferences(child, references);
    }
  }

  private static void compare(String at, JsonNode expected, JsonNode ours, List<String> into) {
    if (expected instanceof ObjectNode e && ours instanceof ObjectNode o) {
      Set<String> keys = new TreeSet<>(e.propertyNames());
      keys.addAll(o.propertyNames());
      for (String key : keys) {
        compare(at + " " + key, e.path(key), o.path(key), into);
      }
    } else if (at.endsWith(" required")) {
      // The reference lists them in the order of upstream's source.
      if (!asSet(expected).equals(asSet(ours))) {
        into.add(at + ": reference " + expected + ", ours " + ours);
      }
    } else if (!expected.equals(ours) && !at.equals(NO_LIST)) {
      into.add(at + ": reference " + expected + ", ours " + ours);
    }
  }

  private static Set<String> asSet(JsonNode array) {
    Set<String> set = new TreeSet<>();
    array.forEach(e -> set.add(e.asString()));
    return set;
  }

  /** The prose is ours alone; everything else is compared. */
  private static JsonNode withoutProse(JsonNode node) {
    if (!(node instanceof ObjectNode object)) {
      return node;
    }
    ObjectNode copy = Json.MAPPER.createObjectNode();
    for (Map.Entry<String, JsonNode> e : object.properties()) {
      if (e.getKey().equals("properties")) {
        ObjectNode properties = copy.putObject("properties");
        for (Map.Entry<String, JsonNode> p : e.getValue().properties()) {
          properties.set(p.getKey(), withoutProse(p.getValue()));
        }
      } else if (!e.getKey().equals("description")) {
        copy.set(e.getKey(), withoutProse(e.getValue()));
      }
    }
    return copy;
  }
}
