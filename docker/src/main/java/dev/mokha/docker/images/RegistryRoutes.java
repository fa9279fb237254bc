package dev.mokha.docker.images;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Filters;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.http.Request;
import dev.mokha.docker.http.Response;
import dev.mokha.docker.http.Route;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.Descriptor;
import dev.mokha.engine.images.Images;
import dev.mokha.engine.images.PullOptions.Credentials;
import dev.mokha.engine.images.RemoteImage;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is asked of registries: {@code /auth}, {@code /distribution}, {@code /images/search} (Docker
 * API 1.50).
 */
public final class RegistryRoutes {
  private static final int MAX_ANSWER = 8 << 20;
  private static final int DEFAULT_LIMIT = 25;
  private static final int MAX_LIMIT = 100;

  private final Images images;

  /** Over an engine's images. */
  public RegistryRoutes(Images images) {
    this.images = images;
  }

  /** The table. */
  public List<Route> routes() {
    return List.of(
        Route.post("/auth", this::auth).as("login", "registries"),
        Route.get("/distribution/{name...}/json", this::distribution).as("get", "registries"),
        Route.get("/images/search", this::search).as("list", "registries"));
  }

  private void auth(Request request, Response response) throws IOException {
    JsonNode body = request.json();
    String registry = RegistryAuth.host(body.path("serveraddress").asString(""));
    List<Credentials> credentials = RegistryAuth.of(body);
    Credentials user = credentials.isEmpty() ? new Credentials("", "", "") : credentials.getFirst();
    try {
      images.authenticate(registry, user);
    } catch (EngineException e) {
      if (e.code() == EngineException.Code.UNAUTHORIZED) {
        throw new DockerException(
            401, "login attempt to " + registry + " failed with status: 401 Unauthorized", e);
      }
      throw e;
    }
    response.json(Json.object().put("IdentityToken", "").put("Status", "Login Succeeded"));
  }

  private void distribution(Request request, Response response) throws IOException {
    String name = request.path("name");
    String reference = ImageNames.parse(name).toString();
    RemoteImage remote;
    try {
      remote = images.remote(reference, RegistryAuth.one(request.header("X-Registry-Auth")));
    } catch (EngineException e) {
      throw switch (e.code()) {
        case NOT_FOUND ->
            new DockerException(404, "errors:\nmanifest unknown: manifest unknown\n", e);
        case UNAUTHORIZED ->
            new DockerException(
                401,
                "errors:\ndenied: requested access to the resource is denied\n"
                    + "unauthorized: authentication required\n",
                e);
        default -> e;
      };
    }
    Descriptor descriptor = remote.descriptor();
    ObjectNode json = Json.object();
    json.putObject("Descriptor")
        .put("mediaType", descriptor.mediaType())
        .put("digest", descriptor.digest().toString())
        .put("size", descriptor.size());
    ArrayNode platforms = json.putArray("Platforms");
    for (String platform : remote.platforms()) {
      String[] parts = platform.split("/", 3);
      ObjectNode one = platforms.addObject();
      one.put("architecture", parts.length > 1 ? parts[1] : "").put("os", parts[0]);
      if (parts.length > 2) {
        one.put("variant", parts[2]);
      }
    }
    response.json(json);
  }

  /**
   * Search is an API of version 1 registries, which only Docker Hub and a few others still have.
   */
  private void search(Request request, Response response) throws IOException {
    int limit = request.integer("limit").orElse(0);
    limit = limit == 0 ? DEFAULT_LIMIT : limit;
    if (limit < 1 || limit > MAX_LIMIT) {
      throw DockerException.invalid("limit " + limit + " is outside the range of [1, 100]");
    }
    Filters filters = request.filters().only(List.of("is-official", "is-automated", "stars"));
    String term = request.query("term");
    if (term.contains("://")) {
      throw DockerException.invalid(
          "invalid repository name (" + term + "), must not contain scheme");
    }
    int slash = term.indexOf('/');
    String first = slash < 0 ? "" : term.substring(0, slash);
    boolean named = first.indexOf('.') >= 0 || first.indexOf(':') >= 0 || first.equals("localhost");
    boolean hub = !named || RegistryAuth.host(first).equals("docker.io");
    String base = hub ? "https://index.docker.io" : "https://" + first;
    String wanted = named ? term.substring(slash + 1) : term;
    URI address =
        URI.create(
            base
                + "/v1/search?q="
                + URLEncoder.encode(wanted, StandardCharsets.UTF_8)
                + "&n="
                + limit);
    response.json(results(address, filters));
  }

  private static ArrayNode results(URI address, Filters filters) throws IOException {
    JsonNode answer;
    try (InputStream in = Downloads.open(address)) {
      answer = Json.MAPPER.readTree(in.readNBytes(MAX_ANSWER));
    } catch (JacksonException e) {
      throw new DockerException(500, "The answer of " + address + " is not valid JSON", e);
    }
    ArrayNode array = Json.array();
    for (JsonNode result : answer.path("results")) {
      boolean official = result.path("is_official").asBoolean(false);
      int stars = result.path("star_count").asInt(0);
      boolean starred = filters.get("stars").stream().allMatch(least -> stars >= stars(least));
      if (starred
          && (!filters.has("is-official") || filters.bool("is-official", false) == official)
          && (!filters.has("is-automated") || !filters.bool("is-automated", false))) {
        array
            .addObject()
            .put("star_count", stars)
            .put("is_official", official)
            .put("name", result.path("name").asString(""))
            .put("is_automated", false)
            .put("description", result.path("description").asString(""));
      }
    }
    return array;
  }

  private static int stars(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw DockerException.invalid("invalid filter 'stars=[" + text + "]'");
    }
  }
}
