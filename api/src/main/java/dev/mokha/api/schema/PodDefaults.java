package dev.mokha.api.schema;

import static dev.mokha.api.schema.Trees.isEmpty;
import static dev.mokha.api.schema.Trees.object;
import static dev.mokha.api.schema.Trees.text;
import static dev.mokha.api.schema.Trees.textUnlessGiven;

import dev.mokha.api.quantity.Quantity;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Pods, and what pods are made of wherever it occurs. */
final class PodDefaults {
  private static final String CORE = "io.k8s.api.core.v1.";

  private PodDefaults() {}

  static void addTo(Map<String, Consumer<ObjectNode>> rules) {
    rules.put(CORE + "Pod", PodDefaults::pod);
    rules.put(CORE + "PodSpec", PodDefaults::podSpec);
    rules.put(CORE + "Container", PodDefaults::container);
    rules.put(CORE + "EphemeralContainer", PodDefaults::container);
    rules.put(CORE + "Volume", PodDefaults::volume);
    rules.put(
        CORE + "Probe",
        probe ->
            Trees.dropZeros(
                probe, "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"));
  }

  /** What is set for pods alone, not for the templates of pods. */
  private static void pod(ObjectNode pod) {
    ObjectNode spec = object(pod, "spec");
    if (!spec.has("enableServiceLinks")) {
      spec.put("enableServiceLinks", true);
    }
    boolean hostNetwork = spec.path("hostNetwork").asBoolean(false);
    for (String list : new String[] {"containers", "initContainers"}) {
      for (JsonNode container : spec.path(list)) {
        if (container.get("resources") instanceof ObjectNode resources) {
          requestsFromLimits(resources);
        }
        if (hostNetwork) {
          hostPorts(container);
        }
      }
    }
    if (spec.get("resources") instanceof ObjectNode resources && !isEmpty(resources, "limits")) {
      podRequests(spec, resources);
    }
  }

  private static void requestsFromLimits(ObjectNode resources) {
    if (isEmpty(resources, "limits")) {
      return;
    }
    ObjectNode requests = object(resources, "requests");
    for (Map.Entry<String, JsonNode> limit : resources.path("limits").properties()) {
      if (!requests.has(limit.getKey())) {
        requests.set(limit.getKey(), limit.getValue());
      }
    }
  }

  /** On the host's network a port of the container is one of the host. */
  private static void hostPorts(JsonNode container) {
    for (JsonNode port : container.path("ports")) {
      if (port instanceof ObjectNode p && p.path("hostPort").asInt(0) == 0) {
        p.put("hostPort", p.path("containerPort").asInt(0));
      }
    }
  }

  /**
   * Requests of the pod as a whole come from its containers' requests, else from its own limits
   * (KEP-2837).
   */
  private static void podRequests(ObjectNode spec, ObjectNode resources) {
    ObjectNode requests = object(resources, "requests");
    for (Map.Entry<String, Quantity> sum : containerRequests(spec).entrySet()) {
      String resource = sum.getKey();
      if ((resource.equals("cpu") || resource.equals("memory")) && !requests.has(resource)) {
        requests.put(resource, sum.getValue().toString());
      }
    }
    for (Map.Entry<String, JsonNode> limit : resources.path("limits").properties()) {
      if (!requests.has(limit.getKey())) {
        requests.set(limit.getKey(), limit.getValue());
      }
    }
  }

  /** What all containers need at once, or one init container with the sidecars before it. */
  private static Map<String, Quantity> containerRequests(ObjectNode spec) {
    Map<String, Quantity> running = new TreeMap<>();
    Map<String, Quantity> starting = new TreeMap<>();
    for (JsonNode container : spec.path("initContainers")) {
      boolean sidecar = text(container, "restartPolicy").equals("Always");
      Map<String, Quantity> now = new TreeMap<>(running);
      add(now, container);
      now.forEach((k, v) -> starting.merge(k, v, (a, b) -> a.compareTo(b) >= 0 ? a : b));
      if (sidecar) {
        running = now;
      }
    }
    for (JsonNode container : spec.path("containers")) {
      add(running, container);
    }
    Map<String, Quantity> all = running;
    starting.forEach((k, v) -> all.merge(k, v, (a, b) -> a.compareTo(b) >= 0 ? a : b));
    return all;
  }

  private static void add(Map<String, Quantity> sums, JsonNode container) {
    for (Map.Entry<String, JsonNode> request :
        container.path("resources").path("requests").properties()) {
      sums.merge(request.getKey(), Quantity.parse(request.getValue().asString()), Quantity::add);
    }
  }

  /** The old name of the service account's field is kept equal to the new one. */
  private static void podSpec(ObjectNode spec) {
    String account = text(spec, "serviceAccountName");
    if (account.isEmpty()) {
      account = text(spec, "serviceAccount");
    }
    if (!account.isEmpty()) {
      spec.put("serviceAccountName", account).put("serviceAccount", account);
    }
  }

  private static void container(ObjectNode container) {
    textUnlessGiven(container, "imagePullPolicy", pullPolicy(text(container, "image")));
  }

  private static void volume(ObjectNode volume) {
    if (volume.isEmpty() || (volume.size() == 1 && volume.has("name"))) {
      volume.putObject("emptyDir");
    }
    if (volume.get("image") instanceof ObjectNode image) {
      textUnlessGiven(image, "pullPolicy", pullPolicy(text(image, "reference")));
    }
  }

  /** An image without tag and digest, or with the tag latest, may change under its name. */
  static String pullPolicy(String image) {
    int at = image.indexOf('@');
    String name = at < 0 ? image : image.substring(0, at);
    int colon = name.indexOf(':', name.lastIndexOf('/') + 1);
    String tag = colon >= 0 ? name.substring(colon + 1) : at < 0 ? "latest" : "";
    return tag.equals("latest") ? "Always" : "IfNotPresent";
  }
}
