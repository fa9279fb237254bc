package dev.mokha.server.rest;

import dev.mokha.api.quantity.Quantity;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * The quality-of-service class of a pod: {@code Guaranteed} when every container's cpu and memory
 * requests equal its limits, {@code BestEffort} when none has any, else {@code Burstable}.
 */
final class PodQuality {
  private static final Set<String> COUNTED = Set.of("cpu", "memory");

  private PodQuality() {}

  static String of(JsonNode spec) {
    JsonNode whole = spec.path("resources");
    if (!whole.path("requests").isEmpty() || !whole.path("limits").isEmpty()) {
      return classify(Map.of("pod", whole));
    }
    Map<String, JsonNode> resources = new HashMap<>();
    for (String list : new String[] {"containers", "initContainers"}) {
      for (JsonNode c : spec.path(list)) {
        resources.put(list + "/" + c.path("name").asString(""), c.path("resources"));
      }
    }
    return classify(resources);
  }

  private static String classify(Map<String, JsonNode> resources) {
    boolean any = false;
    boolean guaranteed = true;
    for (JsonNode r : resources.values()) {
      for (String name : COUNTED) {
        Quantity request = amount(r.path("requests").path(name));
        Quantity limit = amount(r.path("limits").path(name));
        any |= request != null || limit != null;
        if (limit == null || (request != null && request.compareTo(limit) != 0)) {
          guaranteed = false;
        }
      }
    }
    if (!any) {
      return "BestEffort";
    }
    return guaranteed ? "Guaranteed" : "Burstable";
  }

  /** Zero counts as not said. */
  private static Quantity amount(JsonNode node) {
    if (node.isMissingNode() || node.isNull()) {
      return null;
    }
    try {
      Quantity q = Quantity.parse(node.asString());
      return q.signum() == 0 ? null : q;
    } catch (IllegalArgumentException e) {
      return null; // Validation says what is wrong with it.
    }
  }
}
