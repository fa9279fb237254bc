package dev.mokha.server.aggregation;

import dev.mokha.api.object.Json;
import dev.mokha.server.aggregation.ApiService.Backend;
import dev.mokha.server.aggregation.ExtensionServers.Document;
import dev.mokha.server.aggregation.ExtensionServers.Wish;
import dev.mokha.server.aggregation.RemoteDocuments.OpenApiDocument;
import dev.mokha.server.services.ServiceEndpoints.Endpoint;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the OpenAPI documents of an extension server, if they have changed, and keeps of them what
 * belongs to its group and version: whatever else the server claims is not its to say.
 */
final class OpenApiReader {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int MOST_BYTES = 8 << 20;
  private static final String DEFINITION = "#/definitions/";
  private static final String PARAMETER = "#/parameters/";

  private OpenApiReader() {}

  /**
   * The documents with their OpenAPI part brought up to date.
   *
   * @throws IOException when the server does not answer in time or says too much
   * @throws IllegalArgumentException when it answers garbage
   */
  static RemoteDocuments read(
      ExtensionServers servers, Backend backend, Endpoint at, ApiService api, RemoteDocuments known)
      throws IOException, InterruptedException {
    String path = "/openapi/v3/apis/" + api.group() + "/" + api.version();
    OpenApiDocument v3 = fetch(servers, backend, at, path, known.openApiV3());
    if (v3 != null && v3 != known.openApiV3()) {
      parse(v3.bytes()); // Clients shall not be the first to see that it is no JSON.
    }
    OpenApiDocument v2 = fetch(servers, backend, at, "/openapi/v2", known.openApiV2());
    if (v2 != null && v2 != known.openApiV2()) {
      byte[] own = Json.bytes(own(parse(v2.bytes()), api));
      v2 = new OpenApiDocument(own, hash(own), v2.etag());
    }
    return known.withOpenApi(v3, v2);
  }

  private static OpenApiDocument fetch(
      ExtensionServers servers, Backend backend, Endpoint at, String path, OpenApiDocument known)
      throws IOException, InterruptedException {
    Document answer =
        servers.read(
            backend,
            at,
            new Wish(
                path, "application/json", known == null ? "" : known.etag(), MOST_BYTES, PATIENCE));
    return switch (answer.status()) {
      case 304 -> known;
      case 200 -> {
        String hash = hash(answer.body());
        boolean same = known != null && known.hash().equals(hash);
        yield same ? known : new OpenApiDocument(answer.body(), hash, answer.etag());
      }
      case 404, 406 -> null; // Older servers have no version 3.
      default -> throw new IOException(path + " was answered with " + answer.status());
    };
  }

  private static ObjectNode parse(byte[] bytes) {
    try {
      return Json.parseObject(bytes);
    } catch (JacksonException e) {
      throw new IllegalArgumentException("the OpenAPI document is no JSON object", e);
    }
  }

  /** The paths of the group and version, and the definitions that they lead to. */
  static ObjectNode own(ObjectNode document, ApiService api) {
    String root = "/apis/" + api.group() + "/" + api.version();
    ObjectNode own = Json.MAPPER.createObjectNode();
    ObjectNode paths = own.putObject("paths");
    for (Map.Entry<String, JsonNode> p : document.path("paths").properties()) {
      if (p.getKey().equals(root) || p.getKey().startsWith(root + "/")) {
        paths.set(p.getKey(), inlined(p.getValue(), document.path("parameters")));
      }
    }
    ObjectNode definitions = own.putObject("definitions");
    Deque<JsonNode> open = new ArrayDeque<>();
    open.add(paths);
    while (!open.isEmpty()) {
      JsonNode node = open.poll();
      String ref = node.isObject() ? node.path("$ref").asString("") : "";
      if (ref.startsWith(DEFINITION)) {
        String name = ref.substring(DEFINITION.length());
        JsonNode definition = document.path("definitions").get(name);
        if (definition != null && !definitions.has(name)) {
          definitions.set(name, definition);
          open.add(definition);
        }
      }
      node.forEach(open::add);
    }
    return own;
  }

  /** Parameters that are written once for all paths are put where they are used. */
  private static JsonNode inlined(JsonNode node, JsonNode shared) {
    for (JsonNode child : node) {
      if (child instanceof ArrayNode array) {
        for (int i = 0; i < array.size(); i++) {
          String ref = array.get(i).path("$ref").asString("");
          JsonNode parameter =
              ref.startsWith(PARAMETER) ? shared.get(ref.substring(PARAMETER.length())) : null;
          if (parameter != null) {
            array.set(i, parameter.deepCopy());
          }
        }
      }
      inlined(child, shared);
    }
    return node;
  }

  static String hash(byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-512").digest(bytes);
      return HexFormat.of().formatHex(Arrays.copyOf(digest, 64)).toUpperCase(Locale.ROOT);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-512", e);
    }
  }
}
