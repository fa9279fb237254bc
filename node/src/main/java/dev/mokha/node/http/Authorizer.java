package dev.mokha.node.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Whether a caller may: the API is asked about the matching subresource of this node, and for the
 * finer ones about {@code nodes/proxy} too (KEP-2862).
 */
final class Authorizer {
  private static final GroupVersionResource REVIEWS =
      new GroupVersionResource("authorization.k8s.io", "v1", "subjectaccessreviews");
  private static final Duration KEPT = Duration.ofSeconds(30);

  private final ApiClient client;
  private final String nodeName;
  private final BriefCache<Boolean> answers;

  Authorizer(ApiClient client, String nodeName, Clock clock) {
    this.client = requireNonNull(client, "client");
    this.nodeName = requireNonNull(nodeName, "nodeName");
    this.answers = new BriefCache<>(clock);
  }

  /** Whether the caller may. */
  boolean allows(Caller caller, String method, String path) {
    String verb =
        switch (method) {
          case "POST" -> "create";
          case "PUT" -> "update";
          case "PATCH" -> "patch";
          case "DELETE" -> "delete";
          default -> "get";
        };
    for (String subresource : subresources(path)) {
      String key = caller + " " + verb + " " + subresource;
      if (answers.get(key, KEPT, () -> review(caller, verb, subresource))) {
        return true;
      }
    }
    return false;
  }

  static List<String> subresources(String path) {
    if (under(path, "/stats")) {
      return List.of("stats");
    }
    if (under(path, "/metrics")) {
      return List.of("metrics");
    }
    if (under(path, "/logs")) {
      return List.of("log");
    }
    if (under(path, "/pods") || under(path, "/runningpods")) {
      return List.of("pods", "proxy");
    }
    if (under(path, "/healthz")) {
      return List.of("healthz", "proxy");
    }
    if (under(path, "/configz")) {
      return List.of("configz", "proxy");
    }
    return List.of("proxy");
  }

  private static boolean under(String path, String root) {
    return path.equals(root) || path.startsWith(root + "/");
  }

  private boolean review(Caller caller, String verb, String subresource) {
    ObjectNode body = Json.MAPPER.createObjectNode();
    body.put("apiVersion", "authorization.k8s.io/v1").put("kind", "SubjectAccessReview");
    body.putObject("metadata");
    ObjectNode spec = body.putObject("spec");
    spec.put("user", caller.user());
    if (!caller.uid().isEmpty()) {
      spec.put("uid", caller.uid());
    }
    ArrayNode groups = spec.putArray("groups");
    caller.groups().forEach(groups::add);
    ObjectNode extra = spec.putObject("extra");
    for (Map.Entry<String, List<String>> e : caller.extra().entrySet()) {
      ArrayNode values = extra.putArray(e.getKey());
      e.getValue().forEach(values::add);
    }
    spec.putObject("resourceAttributes")
        .put("verb", verb)
        .put("group", "")
        .put("version", "v1")
        .put("resource", "nodes")
        .put("subresource", subresource)
        .put("name", nodeName);
    try {
      return client
          .create(REVIEWS, "", "", "", KubeObject.of(body))
          .toTree()
          .path("status")
          .path("allowed")
          .asBoolean(false);
    } catch (StatusException e) {
      return false;
    }
  }
}
