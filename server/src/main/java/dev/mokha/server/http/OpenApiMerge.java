package dev.mokha.server.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.api.openapi.OpenApi;
import dev.mokha.api.openapi.OpenApi.Document;
import dev.mokha.server.aggregation.Aggregator;
import dev.mokha.server.aggregation.ApiService;
import dev.mokha.server.aggregation.RemoteDocuments;
import dev.mokha.server.aggregation.RemoteDocuments.OpenApiDocument;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Puts what extension servers say of their groups into the cluster's OpenAPI documents. It works on
 * what was fetched before: nobody who asks waits for an extension server.
 *
 * <p>A merged document is kept until the cluster's own or a server's changes.
 */
final class OpenApiMerge {
  private static final String DEFINITION = "#/definitions/";

  /** What every server has, and which reads the same everywhere. */
  private static final String SHARED = "io.k8s.apimachinery.";

  private final Aggregator aggregator;
  private final Map<String, Kept> kept = new ConcurrentHashMap<>();

  private record Kept(String base, long generation, Document document) {}

  OpenApiMerge(Aggregator aggregator) {
    this.aggregator = requireNonNull(aggregator, "aggregator");
  }

  /** {@code /openapi/v2} as JSON. */
  Document v2Json(Document base) {
    return merged("v2", base, bytes -> Json.bytes(swagger(Json.parseObject(bytes))));
  }

  /**
   * {@code /openapi/v2} as protobuf.
   *
   * @param json the cluster's own document as JSON
   */
  Document v2Protobuf(Document base, Supplier<Document> json) {
    return merged(
        "v2 protobuf",
        base,
        bytes -> OpenApi.protobuf(swagger(Json.parseObject(json.get().bytes()))));
  }

  /** {@code /openapi/v3}. */
  Document v3Index(Document base) {
    return merged(
        "v3",
        base,
        bytes -> {
          ObjectNode index = Json.parseObject(bytes);
          Map<String, JsonNode> paths = new TreeMap<>();
          index.path("paths").properties().forEach(e -> paths.put(e.getKey(), e.getValue()));
          for (ApiService api : remotes()) {
            OpenApiDocument document = aggregator.documents(api).openApiV3();
            String place = "apis/" + api.groupVersion();
            if (document == null) {
              paths.remove(place);
            } else {
              paths.put(
                  place,
                  Json.MAPPER
                      .createObjectNode()
                      .put(
                          "serverRelativeURL",
                          "/openapi/v3/" + place + "?hash=" + document.hash()));
            }
          }
          ObjectNode sorted = index.putObject("paths");
          paths.forEach(sorted::set);
          return Json.bytes(index);
        });
  }

  /** {@code /openapi/v3/apis/GROUP/VERSION} of an extension server; empty for all other places. */
  Optional<Document> v3(String place) {
    String[] p = place.split("/");
    if (p.length != 3 || !p[0].equals("apis") || aggregator.directory().allLocal()) {
      return Optional.empty();
    }
    ApiService api = aggregator.directory().remote(p[1], p[2]);
    OpenApiDocument document = api == null ? null : aggregator.documents(api).openApiV3();
    return document == null
        ? Optional.empty()
        : Optional.of(new Document(document.bytes(), document.hash()));
  }

  private List<ApiService> remotes() {
    return aggregator.directory().remotes().stream()
        .sorted(Comparator.comparing(ApiService::name))
        .toList();
  }

  private Document merged(String what, Document base, UnaryOperator<byte[]> merge) {
    if (aggregator.directory().allLocal()) {
      return base;
    }
    long generation = aggregator.generation();
    Kept known = kept.get(what);
    if (known == null || known.generation != generation || !known.base.equals(base.hash())) {
      byte[] bytes = merge.apply(base.bytes());
      known = new Kept(base.hash(), generation, new Document(bytes, OpenApi.hash(bytes)));
      kept.put(what, known);
    }
    return known.document;
  }

  private ObjectNode swagger(ObjectNode document) {
    ObjectNode paths = document.withObject("/paths");
    ObjectNode definitions = document.withObject("/definitions");
    for (ApiService api : remotes()) {
      RemoteDocuments documents = aggregator.documents(api);
      if (documents.openApiV2() != null) {
        add(Json.parseObject(documents.openApiV2().bytes()), paths, definitions);
      }
    }
    return document;
  }

  /** Adds a document; a definition that means something else under its name gets another name. */
  static void add(ObjectNode remote, ObjectNode paths, ObjectNode definitions) {
    Map<String, String> names = new HashMap<>();
    for (Map.Entry<String, JsonNode> d : remote.path("definitions").properties()) {
      names.put(d.getKey(), freeName(d.getKey(), d.getValue(), definitions));
    }
    for (Map.Entry<String, JsonNode> d : remote.path("definitions").properties()) {
      String name = names.get(d.getKey());
      if (!definitions.has(name)) {
        rename(d.getValue(), names);
        definitions.set(name, d.getValue());
      }
    }
    for (Map.Entry<String, JsonNode> p : remote.path("paths").properties()) {
      if (!paths.has(p.getKey())) {
        rename(p.getValue(), names);
        paths.set(p.getKey(), p.getValue());
      }
    }
  }

  private static String freeName(String name, JsonNode definition, ObjectNode definitions) {
    String free = name;
    for (int i = 2;
        definitions.has(free)
            && !name.startsWith(SHARED)
            && !definitions.get(free).equals(definition);
        i++) {
      free = name + "_v" + i;
    }
    return free;
  }

  private static void rename(JsonNode node, Map<String, String> names) {
    if (node instanceof ObjectNode object) {
      String ref = object.path("$ref").asString("");
      if (ref.startsWith(DEFINITION)) {
        String name = ref.substring(DEFINITION.length());
        object.put("$ref", DEFINITION + names.getOrDefault(name, name));
      }
      object.values().forEach(v -> rename(v, names));
    } else if (node instanceof ArrayNode array) {
      array.forEach(v -> rename(v, names));
    }
  }
}
