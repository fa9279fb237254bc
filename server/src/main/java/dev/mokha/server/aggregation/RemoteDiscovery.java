package dev.mokha.server.aggregation;

import dev.mokha.api.object.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes the entry of one version in {@code apidiscovery.k8s.io} of the {@code APIResourceList} that
 * every extension server has. Only what the API defines is taken over, so that a server can't put
 * anything else into the document of the whole cluster.
 */
final class RemoteDiscovery {
  private static final int MOST_RESOURCES = 4096;

  private RemoteDiscovery() {}

  /**
   * The entry.
   *
   * @throws IllegalArgumentException when the body is no APIResourceList
   */
  static ObjectNode entry(String version, byte[] body) {
    JsonNode list;
    try {
      list = Json.parseObject(body);
    } catch (JacksonException e) {
      throw new IllegalArgumentException("the answer is not JSON", e);
    }
    if (!list.path("kind").asString("").equals("APIResourceList")) {
      throw new IllegalArgumentException(
          "the answer is of kind \"%s\", not APIResourceList"
              .formatted(list.path("kind").asString("")));
    }
    Map<String, ObjectNode> resources = new LinkedHashMap<>();
    for (JsonNode r : list.path("resources")) {
      String name = r.path("name").asString("");
      if (!name.isEmpty() && name.indexOf('/') < 0 && resources.size() < MOST_RESOURCES) {
        resources.put(name, resource(name, r));
      }
    }
    for (JsonNode r : list.path("resources")) {
      String name = r.path("name").asString("");
      int slash = name.indexOf('/');
      if (slash > 0) {
        ObjectNode parent = resources.get(name.substring(0, slash));
        if (parent != null) {
          subresource(parent, name.substring(slash + 1), r);
        }
      }
    }
    ObjectNode entry = Json.MAPPER.createObjectNode().put("version", version);
    ArrayNode out = entry.putArray("resources");
    resources.values().forEach(out::add);
    return entry;
  }

  private static ObjectNode resource(String name, JsonNode from) {
    ObjectNode out = Json.MAPPER.createObjectNode().put("resource", name);
    kind(out, from);
    out.put("scope", from.path("namespaced").asBoolean(false) ? "Namespaced" : "Cluster");
    out.put("singularResource", from.path("singularName").asString(""));
    texts(out, "verbs", from, true);
    texts(out, "shortNames", from, false);
    texts(out, "categories", from, false);
    return out;
  }

  private static void subresource(ObjectNode parent, String name, JsonNode from) {
    ObjectNode out = parent.withArray("subresources").addObject().put("subresource", name);
    kind(out, from);
    texts(out, "verbs", from, true);
  }

  private static void kind(ObjectNode out, JsonNode from) {
    out.putObject("responseKind")
        .put("group", from.path("group").asString(""))
        .put("version", from.path("version").asString(""))
        .put("kind", from.path("kind").asString(""));
  }

  private static void texts(ObjectNode out, String field, JsonNode from, boolean always) {
    JsonNode values = from.path(field);
    if (always || !values.isEmpty()) {
      ArrayNode array = out.putArray(field);
      values.forEach(v -> array.add(v.asString("")));
    }
  }
}
