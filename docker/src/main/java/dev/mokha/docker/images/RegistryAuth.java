package dev.mokha.docker.images;

import dev.mokha.docker.http.Json;
import dev.mokha.engine.images.PullOptions.Credentials;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Credentials as clients send them: {@code X-Registry-Auth}, one user, and {@code
 * X-Registry-Config}, one for each registry; JSON in base64. What can't be read counts as none, as
 * dockerd has it: the registry then says what it thinks of strangers.
 */
public final class RegistryAuth {
  private static final String HUB = "docker.io";

  private RegistryAuth() {}

  /** Those of one {@code X-Registry-Auth}; none for an empty header. */
  public static List<Credentials> one(String header) {
    return of(decode(header));
  }

  /** Those of an {@code X-Registry-Config}, by the registry's host. */
  public static Map<String, List<Credentials>> all(String header) {
    Map<String, List<Credentials>> read = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : decode(header).properties()) {
      read.put(host(entry.getKey()), of(entry.getValue()));
    }
    return read;
  }

  /** Those of a JSON object (Docker API 1.50, AuthConfig). */
  public static List<Credentials> of(JsonNode config) {
    String user = config.path("username").asString("");
    String password = config.path("password").asString("");
    String token = config.path("identitytoken").asString("");
    String both = config.path("auth").asString("");
    if (user.isEmpty() && !both.isEmpty()) {
      String plain = plain(both);
      int colon = plain.indexOf(':');
      if (colon > 0) {
        user = plain.substring(0, colon);
        password = plain.substring(colon + 1);
      }
    }
    return user.isEmpty() && token.isEmpty()
        ? List.of()
        : List.of(new Credentials(user, password, token));
  }

  /** The host of a registry's address, which may be {@code https://index.docker.io/v1/}. */
  public static String host(String address) {
    String rest = address.replaceFirst("^https?://", "");
    int slash = rest.indexOf('/');
    String host = slash < 0 ? rest : rest.substring(0, slash);
    boolean hub =
        host.isEmpty() || host.equals("index.docker.io") || host.equals("registry-1.docker.io");
    return hub ? HUB : host;
  }

  private static JsonNode decode(String header) {
    if (header.isEmpty()) {
      return Json.object();
    }
    try {
      JsonNode tree = Json.MAPPER.readTree(plain(header));
      return tree.isObject() ? tree : Json.object();
    } catch (JacksonException e) {
      return Json.object();
    }
  }

  /** Clients use both alphabets of base64, with and without padding. */
  private static String plain(String text) {
    String url = text.strip().replace('+', '-').replace('/', '_').replaceFirst("=+$", "");
    try {
      return new String(Base64.getUrlDecoder().decode(url), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}
