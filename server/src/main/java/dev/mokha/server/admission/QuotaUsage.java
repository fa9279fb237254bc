package dev.mokha.server.admission;

import dev.mokha.api.quantity.Quantity;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** What one object uses of the resources that a ResourceQuota may limit. */
final class QuotaUsage {
  private static final Set<String> COUNTED =
      Set.of(
          "pods",
          "services",
          "replicationcontrollers",
          "resourcequotas",
          "secrets",
          "configmaps",
          "persistentvolumeclaims");
  private static final Set<String> REQUIRED = Set.of("cpu", "memory");
  private static final Quantity ONE = Quantity.of(1);

  private QuotaUsage() {}

  static Map<String, Quantity> of(String group, String resource, JsonNode object) {
    Map<String, Quantity> usage = new TreeMap<>();
    usage.put("count/" + (group.isEmpty() ? resource : resource + "." + group), ONE);
    if (!group.isEmpty()) {
      return usage;
    }
    JsonNode spec = object.path("spec");
    switch (resource) {
      case "pods" -> pod(usage, object);
      case "services" -> service(usage, spec);
      case "persistentvolumeclaims" -> claim(usage, object);
      default -> {
        if (COUNTED.contains(resource)) {
          usage.put(resource, ONE);
        }
      }
    }
    return usage;
  }

  private static void pod(Map<String, Quantity> usage, JsonNode pod) {
    String phase = PodTree.text(pod.path("status"), "phase");
    if (phase.equals("Succeeded") || phase.equals("Failed")) {
      // It runs no more, but its object is still there.
      return;
    }
    usage.put("pods", ONE);
    PodResources.of(pod.path("spec"), "requests")
        .forEach(
            (resource, amount) -> {
              usage.put("requests." + resource, amount);
              if (REQUIRED.contains(resource) || resource.equals("ephemeral-storage")) {
                usage.put(resource, amount);
              }
            });
    PodResources.of(pod.path("spec"), "limits")
        .forEach((resource, amount) -> usage.put("limits." + resource, amount));
  }

  private static void service(Map<String, Quantity> usage, JsonNode spec) {
    usage.put("services", ONE);
    Quantity ports = Quantity.of(spec.path("ports").size());
    switch (PodTree.text(spec, "type")) {
      case "NodePort" -> usage.put("services.nodeports", ports);
      case "LoadBalancer" -> {
        usage.put("services.loadbalancers", ONE);
        if (spec.path("allocateLoadBalancerNodePorts").asBoolean(true)) {
          usage.put("services.nodeports", ports);
        }
      }
      default -> {}
    }
  }

  private static void claim(Map<String, Quantity> usage, JsonNode claim) {
    usage.put("persistentvolumeclaims", ONE);
    JsonNode spec = claim.path("spec");
    String asked = PodTree.text(spec.path("resources").path("requests"), "storage");
    String type = PodTree.text(spec, "storageClassName");
    if (!asked.isEmpty()) {
      usage.put("requests.storage", Quantity.parse(asked));
    }
    if (!type.isEmpty()) {
      String prefix = type + ".storageclass.storage.k8s.io/";
      usage.put(prefix + "persistentvolumeclaims", ONE);
      if (!asked.isEmpty()) {
        usage.put(prefix + "requests.storage", Quantity.parse(asked));
      }
    }
  }

  /** {@code requests} or {@code limits}, for a limited computing resource; else empty. */
  static String partOf(String limited) {
    if (limited.startsWith("limits.")) {
      return "limits";
    }
    boolean request =
        REQUIRED.contains(limited)
            || (limited.startsWith("requests.") && !limited.equals("requests.storage"));
    return request ? "requests" : "";
  }

  /** The name that a container writes. */
  static String resourceOf(String limited) {
    return limited.startsWith("limits.") || limited.startsWith("requests.")
        ? limited.substring(limited.indexOf('.') + 1)
        : limited;
  }

  /** Whether containers must say what they need of it. */
  static boolean isRequired(String limited) {
    return REQUIRED.contains(resourceOf(limited));
  }
}
