package dev.mokha.api.quota;

import dev.mokha.api.quantity.Quantity;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** What one object uses of the resources that a ResourceQuota may limit. */
public final class QuotaUsage {
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
  private static final String STORAGE_CLASS = ".storageclass.storage.k8s.io/";
  private static final Quantity ONE = Quantity.of(1);

  private QuotaUsage() {}

  /** What it uses, under every name a quota may limit it by. */
  public static Map<String, Quantity> of(String group, String resource, JsonNode object) {
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
    String phase = pod.path("status").path("phase").asString("");
    if (phase.equals("Succeeded") || phase.equals("Failed")) {
      // It runs no more, but its object is still there.
      return;
    }
    usage.put("pods", ONE);
    PodResources.of(pod.path("spec"), "requests")
        .forEach(
            (resource, amount) -> {
              usage.put("requests." + resource, amount);
              if (REQUIRED.contains(resource)
                  || resource.equals("ephemeral-storage")
                  || resource.startsWith("hugepages-")) {
                usage.put(resource, amount);
              }
            });
    PodResources.of(pod.path("spec"), "limits")
        .forEach((resource, amount) -> usage.put("limits." + resource, amount));
  }

  private static void service(Map<String, Quantity> usage, JsonNode spec) {
    usage.put("services", ONE);
    Quantity ports = Quantity.of(spec.path("ports").size());
    switch (spec.path("type").asString("")) {
      case "NodePort" -> usage.put("services.nodeports", ports);
      case "LoadBalancer" -> {
        usage.put("services.loadbalancers", ONE);
        usage.put(
            "services.nodeports",
            spec.path("allocateLoadBalancerNodePorts").asBoolean(true) ? ports : named(spec));
      }
      default -> {}
    }
  }

  /** Ports of a service that takes no node ports of its own accord, but names some. */
  private static Quantity named(JsonNode spec) {
    long named = 0;
    for (JsonNode port : spec.path("ports")) {
      if (port.path("nodePort").asInt(0) != 0) {
        named++;
      }
    }
    return Quantity.of(named);
  }

  private static void claim(Map<String, Quantity> usage, JsonNode claim) {
    usage.put("persistentvolumeclaims", ONE);
    JsonNode spec = claim.path("spec");
    Optional<Quantity> asked = storage(claim);
    String type = storageClass(claim);
    asked.ifPresent(amount -> usage.put("requests.storage", amount));
    if (!type.isEmpty()) {
      String prefix = type + STORAGE_CLASS;
      usage.put(prefix + "persistentvolumeclaims", ONE);
      asked.ifPresent(amount -> usage.put(prefix + "requests.storage", amount));
    }
  }

  /** What is asked for, or what was already allocated when a growth was taken back (KEP-1790). */
  private static Optional<Quantity> storage(JsonNode claim) {
    String asked =
        claim.path("spec").path("resources").path("requests").path("storage").asString("");
    String allocated = claim.path("status").path("allocatedResources").path("storage").asString("");
    return Stream.of(asked, allocated)
        .filter(text -> !text.isEmpty())
        .map(Quantity::parse)
        .max(Comparator.naturalOrder());
  }

  private static String storageClass(JsonNode claim) {
    String old =
        claim
            .path("metadata")
            .path("annotations")
            .path("volume.beta.kubernetes.io/storage-class")
            .asString("");
    return old.isEmpty() ? claim.path("spec").path("storageClassName").asString("") : old;
  }

  /** Whether objects of that resource use what is limited under that name. */
  public static boolean isUsedBy(String limited, String group, String resource) {
    if (limited.startsWith("count/")) {
      return limited.equals("count/" + (group.isEmpty() ? resource : resource + "." + group));
    }
    if (!group.isEmpty()) {
      return false;
    }
    if (isOfClaims(limited)) {
      return resource.equals("persistentvolumeclaims");
    }
    if (limited.equals("services") || limited.startsWith("services.")) {
      return resource.equals("services");
    }
    if (!limited.equals("pods") && COUNTED.contains(limited)) {
      return resource.equals(limited);
    }
    return resource.equals("pods") && isOfPods(limited);
  }

  private static boolean isOfClaims(String limited) {
    return limited.equals("persistentvolumeclaims")
        || limited.equals("requests.storage")
        || limited.contains(STORAGE_CLASS);
  }

  private static boolean isOfPods(String limited) {
    return limited.equals("pods")
        || REQUIRED.contains(limited)
        || limited.equals("ephemeral-storage")
        || limited.startsWith("hugepages-")
        || limited.startsWith("requests.")
        || limited.startsWith("limits.");
  }

  /** {@code requests} or {@code limits}, for a limited computing resource; else empty. */
  public static String partOf(String limited) {
    if (limited.startsWith("limits.")) {
      return "limits";
    }
    boolean request =
        REQUIRED.contains(limited)
            || (limited.startsWith("requests.") && !limited.equals("requests.storage"));
    return request ? "requests" : "";
  }

  /** The name that a container writes. */
  public static String resourceOf(String limited) {
    return limited.startsWith("limits.") || limited.startsWith("requests.")
        ? limited.substring(limited.indexOf('.') + 1)
        : limited;
  }

  /** Whether containers must say what they need of it. */
  public static boolean isRequired(String limited) {
    return REQUIRED.contains(resourceOf(limited));
  }
}
