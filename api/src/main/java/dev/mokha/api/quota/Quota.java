package dev.mokha.api.quota;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.quantity.Quantity;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * A ResourceQuota, read once.
 *
 * <pre>{@code
 * Quota quota = Quota.of(object);
 * Map<String, Quantity> uses = quota.usageOf("", "pods", pod.toTree());   // empty: not its business
 * }</pre>
 *
 * @param object the object it was read from
 * @param spec {@code spec}; read-only
 * @param hard what is limited, and to how much
 * @param used what its status says is used; lacks what was never counted
 */
public record Quota(
    KubeObject object, JsonNode spec, Map<String, Quantity> hard, Map<String, Quantity> used) {
  /** Refuses nulls. */
  public Quota {
    requireNonNull(object, "object");
    requireNonNull(spec, "spec");
    requireNonNull(hard, "hard");
    requireNonNull(used, "used");
  }

  /** Reads a ResourceQuota of v1. */
  public static Quota of(KubeObject object) {
    JsonNode tree = object.toTree();
    JsonNode spec = tree.path("spec");
    return new Quota(
        object,
        spec,
        PodResources.amounts(spec.path("hard")),
        PodResources.amounts(tree.path("status").path("used")));
  }

  /** Its name. */
  public String name() {
    return object.name();
  }

  /** Whether some of what it limits is used by objects of that resource. */
  public boolean concerns(String group, String resource) {
    return hard.keySet().stream()
        .anyMatch(limited -> QuotaUsage.isUsedBy(limited, group, resource));
  }

  /** What an object uses of what this quota limits; empty when it is not in its scopes. */
  public Map<String, Quantity> usageOf(String group, String resource, JsonNode object) {
    if (!QuotaScopes.match(spec, group, resource, object)) {
      return Map.of();
    }
    Map<String, Quantity> usage = new TreeMap<>(QuotaUsage.of(group, resource, object));
    usage.keySet().retainAll(hard.keySet());
    return usage;
  }
}
