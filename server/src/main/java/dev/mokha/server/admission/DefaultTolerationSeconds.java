package dev.mokha.server.admission;

import dev.mokha.server.admission.AdmissionRequest.Operation;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A pod stays on a node that is not ready or not reachable for five minutes unless it says else.
 */
public final class DefaultTolerationSeconds implements AdmissionPlugin {
  private static final int SECONDS = 300;
  private static final String NOT_READY = "node.kubernetes.io/not-ready";
  private static final String UNREACHABLE = "node.kubernetes.io/unreachable";

  @Override
  public String name() {
    return "DefaultTolerationSeconds";
  }

  @Override
  public boolean handles(AdmissionRequest request) {
    return request.isFor("", "pods")
        && (request.operation() == Operation.CREATE || request.operation() == Operation.UPDATE);
  }

  @Override
  public void mutate(AdmissionRequest request) {
    ObjectNode spec = PodTree.spec(request.object());
    boolean notReady = false;
    boolean unreachable = false;
    for (JsonNode toleration : spec.path("tolerations")) {
      String effect = PodTree.text(toleration, "effect");
      if (effect.isEmpty() || effect.equals("NoExecute")) {
        String key = PodTree.text(toleration, "key");
        notReady |= key.isEmpty() || key.equals(NOT_READY);
        unreachable |= key.isEmpty() || key.equals(UNREACHABLE);
      }
    }
    if (!notReady) {
      add(spec, NOT_READY);
    }
    if (!unreachable) {
      add(spec, UNREACHABLE);
    }
  }

  private static void add(ObjectNode spec, String key) {
    ArrayNode tolerations = PodTree.array(spec, "tolerations");
    tolerations
        .addObject()
        .put("key", key)
        .put("operator", "Exists")
        .put("effect", "NoExecute")
        .put("tolerationSeconds", SECONDS);
  }
}
