package dev.mokha.server.admission;

import static java.util.Objects.requireNonNull;

import dev.mokha.server.storage.ObjectReader;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Gives a pod its RuntimeClass' overhead and scheduling constraints (KEP-688). */
public final class RuntimeClassPlugin implements AdmissionPlugin {
  private final ObjectReader objects;

  /** Looks the classes up among the stored objects. */
  public RuntimeClassPlugin(ObjectReader objects) {
    this.objects = requireNonNull(objects);
  }

  @Override
  public String name() {
    return "RuntimeClass";
  }

  @Override
  public boolean handles(AdmissionRequest request) {
    return request.isCreateOf("", "pods");
  }

  @Override
  public void mutate(AdmissionRequest request) {
    ObjectNode spec = PodTree.spec(request.object());
    String name = PodTree.text(spec, "runtimeClassName");
    if (name.isEmpty()) {
      if (!spec.path("overhead").isEmpty()) {
        throw request.refuse(
            "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
      }
      return;
    }
    JsonNode runtimeClass =
        objects
            .find("node.k8s.io", "runtimeclasses", "", name)
            .orElseThrow(
                () -> request.refuse("pod rejected: RuntimeClass \"%s\" not found".formatted(name)))
            .toTree();
    JsonNode overhead = runtimeClass.path("overhead").path("podFixed");
    if (!spec.path("overhead").isEmpty()
        && !LimitRanger.quantities(spec.path("overhead"))
            .equals(LimitRanger.quantities(overhead))) {
      throw request.refuse(
          "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
    }
    if (!overhead.isEmpty()) {
      spec.set("overhead", overhead);
    }
    scheduling(request, spec, runtimeClass.path("scheduling"));
  }

  private static void scheduling(AdmissionRequest request, ObjectNode spec, JsonNode scheduling) {
    Map<String, String> selector = new LinkedHashMap<>();
    scheduling
        .path("nodeSelector")
        .properties()
        .forEach(e -> selector.put(e.getKey(), e.getValue().asString("")));
    selector.forEach(
        (key, value) -> {
          ObjectNode own = PodTree.object(spec, "nodeSelector");
          if (own.has(key) && !PodTree.text(own, key).equals(value)) {
            throw request.refuse(
                "conflict: runtimeClass.scheduling.nodeSelector[%s] = %s; pod.spec.nodeSelector[%s] = %s"
                    .formatted(key, value, key, PodTree.text(own, key)));
          }
          own.put(key, value);
        });
    for (JsonNode toleration : scheduling.path("tolerations")) {
      boolean known = false;
      for (JsonNode own : spec.path("tolerations")) {
        known |= own.equals(toleration);
      }
      if (!known) {
        PodTree.array(spec, "tolerations").add(toleration);
      }
    }
  }
}
