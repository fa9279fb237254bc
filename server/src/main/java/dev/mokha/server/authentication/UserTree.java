package dev.mokha.server.authentication;

import dev.mokha.api.object.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Users as reviews write them ({@code authentication.k8s.io/v1 UserInfo}). */
public final class UserTree {
  private UserTree() {}

  /** The user in JSON. */
  public static ObjectNode of(UserInfo user) {
    ObjectNode tree = Json.MAPPER.createObjectNode().put("username", user.name());
    if (!user.uid().isEmpty()) {
      tree.put("uid", user.uid());
    }
    if (!user.groups().isEmpty()) {
      ArrayNode groups = tree.putArray("groups");
      user.groups().forEach(groups::add);
    }
    if (!user.extra().isEmpty()) {
      ObjectNode extra = tree.putObject("extra");
      new TreeMap<>(user.extra())
          .forEach((key, values) -> values.forEach(extra.putArray(key)::add));
    }
    return tree;
  }

  /** The {@code extra} field of a review. */
  public static Map<String, List<String>> extra(JsonNode node) {
    Map<String, List<String>> extra = new HashMap<>();
    node.properties().forEach(e -> extra.put(e.getKey(), strings(e.getValue())));
    return extra;
  }

  /** A list of strings. */
  public static List<String> strings(JsonNode node) {
    List<String> strings = new ArrayList<>();
    node.forEach(n -> strings.add(n.asString("")));
    return strings;
  }
}
