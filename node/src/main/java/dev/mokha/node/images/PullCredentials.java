package dev.mokha.node.images;

import dev.mokha.api.object.Json;
import dev.mokha.engine.images.PullOptions.Credentials;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What the pull secrets of a pod have for a registry (types dockerconfigjson and dockercfg). */
final class PullCredentials {
  private PullCredentials() {}

  static List<Credentials> of(List<Secret> secrets, String image) {
    List<Credentials> found = new ArrayList<>();
    for (Secret secret : secrets) {
      String json = secret.getData().get(".dockerconfigjson");
      String old = secret.getData().get(".dockercfg");
      if (json != null) {
        collect(found, parse(json).path("auths"), image);
      } else if (old != null) {
        collect(found, parse(old), image);
      }
    }
    return found;
  }

  private static ObjectNode parse(String base64) {
    try {
      return Json.parseObject(Base64.getDecoder().decode(base64));
    } catch (JacksonException | IllegalArgumentException e) {
      // An unreadable secret gives nothing; the pull then says that it is not authorized.
      return Json.MAPPER.createObjectNode();
    }
  }

  private static void collect(List<Credentials> found, JsonNode auths, String image) {
    if (!(auths instanceof ObjectNode object)) {
      return;
    }
    String name = complete(image);
    for (Map.Entry<String, JsonNode> e : object.properties()) {
      if (matches(e.getKey(), name)) {
        found.add(credentials(e.getValue()));
      }
    }
  }

  private static Credentials credentials(JsonNode auth) {
    String user = auth.path("username").asString("");
    String password = auth.path("password").asString("");
    String both = auth.path("auth").asString("");
    if (user.isEmpty() && !both.isEmpty()) {
      String decoded = new String(Base64.getDecoder().decode(both), StandardCharsets.UTF_8);
      int colon = decoded.indexOf(':');
      user = colon < 0 ? decoded : decoded.substring(0, colon);
      password = colon < 0 ? "" : decoded.substring(colon + 1);
    }
    return new Credentials(user, password, auth.path("identitytoken").asString(""));
  }

  /** The image's name with its registry. */
  static String complete(String image) {
    int slash = image.indexOf('/');
    String first = slash < 0 ? "" : image.substring(0, slash);
    boolean host = first.contains(".") || first.contains(":") || first.equals("localhost");
    return host ? image : "docker.io/" + image;
  }

  /**
   * Whether a key such as {@code https://index.docker.io/v1/} or {@code *.example.com/team} fits.
   */
  static boolean matches(String key, String image) {
    String bare = key.replaceFirst("^https?://", "").replaceFirst("/v[12]/?$", "");
    bare = bare.endsWith("/") ? bare.substring(0, bare.length() - 1) : bare;
    if (bare.equals("index.docker.io") || bare.equals("registry-1.docker.io")) {
      bare = "docker.io";
    }
    int slash = bare.indexOf('/');
    String host = slash < 0 ? bare : bare.substring(0, slash);
    String path = slash < 0 ? "" : bare.substring(slash);
    int imageSlash = image.indexOf('/');
    String imageHost = image.substring(0, imageSlash);
    String pattern = "\\Q" + host.replace("*", "\\E[^.]*\\Q") + "\\E";
    return imageHost.matches(pattern) && image.substring(imageSlash).startsWith(path);
  }
}
