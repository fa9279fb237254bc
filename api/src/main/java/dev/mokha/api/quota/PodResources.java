package dev.mokha.api.quota;

import dev.mokha.api.quantity.Quantity;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * What a whole pod asks for: its containers and sidecars together, or more where one of the init
 * containers, which run before, needs more (KEP-753).
 */
public final class PodResources {
  private PodResources() {}

  /**
   * The sum.
   *
   * @param part {@code requests} or {@code limits}
   */
  public static Map<String, Quantity> of(JsonNode spec, String part) {
    Map<String, Quantity> running = new TreeMap<>();
    for (JsonNode container : spec.path("containers")) {
      add(running, asked(container, part));
    }
    Map<String, Quantity> sidecars = new TreeMap<>();
    Map<String, Quantity> starting = new TreeMap<>();
    for (JsonNode container : spec.path("initContainers")) {
      Map<String, Quantity> asked = new TreeMap<>(asked(container, part));
      if (container.path("restartPolicy").asString("").equals("Always")) {
        add(running, asked);
        add(sidecars, asked);
        max(starting, sidecars);
      } else {
        add(asked, sidecars);
        max(starting, asked);
      }
    }
    max(running, starting);
    running.putAll(amounts(spec.path("resources").path(part)));
    if (part.equals("requests") || !running.isEmpty()) {
      add(running, amounts(spec.path("overhead")));
    }
    return running;
  }

  /** A map of names to amounts, as requests, limits and quotas write it. */
  public static Map<String, Quantity> amounts(JsonNode node) {
    Map<String, Quantity> amounts = new TreeMap<>();
    for (var e : node.properties()) {
      amounts.put(e.getKey(), Quantity.parse(e.getValue().asString("0")));
    }
    return amounts;
  }

  private static Map<String, Quantity> asked(JsonNode container, String part) {
    return amounts(container.path("resources").path(part));
  }

  private static void add(Map<String, Quantity> sum, Map<String, Quantity> more) {
    more.forEach((resource, amount) -> sum.merge(resource, amount, Quantity::add));
  }

  private static void max(Map<String, Quantity> most, Map<String, Quantity> other) {
    other.forEach(
        (resource, amount) -> most.merge(resource, amount, (a, b) -> a.compareTo(b) >= 0 ? a : b));
  }
}
