package dev.mokha.client.https;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Reads a kubeconfig file as kubectl does, as far as certificates and tokens go. */
public final class Kubeconfig {
  private Kubeconfig() {}

  /**
   * The endpoint of a context.
   *
   * @param file the kubeconfig
   * @param context name of the context; empty for the current one
   * @throws IllegalArgumentException when the file does not say what is needed, in words for a user
   */
  public static Endpoint read(Path file, String context) {
    JsonNode root;
    try {
      root = new YAMLMapper().readTree(Files.readString(file));
    } catch (IOException e) {
      throw new IllegalArgumentException("the kubeconfig " + file + " can't be read: " + e, e);
    }
    String wanted = context.isEmpty() ? root.path("current-context").asString("") : context;
    JsonNode ctx = named(root, "contexts", "context", wanted, file);
    JsonNode cluster = named(root, "clusters", "cluster", ctx.path("cluster").asString(""), file);
    JsonNode user = named(root, "users", "user", ctx.path("user").asString(""), file);
    return Endpoint.of(
        URI.create(cluster.path("server").asString("")),
        content(file, cluster, "certificate-authority"),
        content(file, user, "client-certificate"),
        content(file, user, "client-key"),
        user.path("token").asString(""));
  }

  private static JsonNode named(JsonNode root, String list, String part, String name, Path file) {
    for (JsonNode entry : root.path(list)) {
      if (entry.path("name").asString("").equals(name)) {
        return entry.path(part);
      }
    }
    throw new IllegalArgumentException(
        "the kubeconfig " + file + " has no entry \"" + name + "\" among its " + list);
  }

  private static String content(Path file, JsonNode node, String field) {
    JsonNode data = node.path(field + "-data");
    if (data.isString()) {
      return new String(Base64.getMimeDecoder().decode(data.stringValue()), StandardCharsets.UTF_8);
    }
    JsonNode path = node.path(field);
    if (!path.isString()) {
      return "";
    }
    Path named = file.toAbsolutePath().resolveSibling(path.stringValue());
    try {
      return Files.readString(named);
    } catch (IOException e) {
      throw new IllegalArgumentException(named + " can't be read: " + e, e);
    }
  }
}
