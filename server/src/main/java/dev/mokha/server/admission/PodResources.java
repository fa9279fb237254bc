package dev.mokha.server.admission;

import dev.mokha.api.quantity.Quantity;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a whole pod asks for: its containers and sidecars together, or more where one of the init
 * containers, which run before, needs more (KEP-753).
 */
final class PodResources {
  private PodResources() {}

  /**
   * The sum.
   *
   * @param part {@code requests} or {@code limits}
   */
  static Map<String, Quantity> of(JsonNode spec, String part) {
    Map<String, Quantity> running = new TreeMap<>();
    for (ObjectNode container : PodTree.containers(spec, "containers")) {
      add(running, asked(container, part));
    }
    Map<String, Quantity> sidecars = new TreeMap<>();
    Map<String, Quantity> starting = new TreeMap<>();
    for (ObjectNode container : PodTree.containers(spec, "initContainers")) {
      Map<String, Quantity> asked = new TreeMap<>(asked(container, part));
      if (PodTree.text(container, "restartPolicy").equals("Always")) {
        add(running, asked);
        add(sidecars, asked);
        max(starting, sidecars);
      } else {
        add(asked, sidecars);
        max(starting, asked);
      }
    }
    max(running, starting);
    running.putAll(LimitRanger.quantities(spec.path("resources").path(part)));
    if (part.equals("requests") || !running.isEmpty()) {
      add(running, LimitRanger.quantities(spec.path("overhead")));
    }
    return running;
  }

  private static Map<String, Quantity> asked(JsonNode container, String part) {
    return LimitRanger.quantities(container.path("resources").path(part));
  }

  private static void add(Map<String, Quantity> sum, Map<String, Quantity> more) {
    more.forEach((resource, amount) -> sum.merge(resource, amount, Quantity::add));
  }

  private static void max(Map<String, Quantity> most, Map<String, Quantity> other) {
    other.forEach(
        (resource, amount) -> most.merge(resource, amount, (a, b) -> a.compareTo(b) >= 0 ? a : b));
  }
}
