package dev.mokha.controllers.replicas;

import dev.mokha.api.object.Json;
import dev.mokha.client.Kind;
import dev.mokha.client.Typed;
import dev.mokha.controllers.Stamp;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The status that both kinds have in the same form.
 *
 * @param replicas pods
 * @param fullyLabeled those with all of the template's labels
 * @param ready those that are Ready
 * @param available those that have been Ready long enough
 * @param failure why pods can't be made or removed; empty when all is well
 * @param failureReason {@code FailedCreate} or {@code FailedDelete}
 */
record ReplicaStatus(
    int replicas,
    int fullyLabeled,
    int ready,
    int available,
    String failure,
    String failureReason) {
  private static final String FAILURE = "ReplicaFailure";

  /** The object with this status; empty when it has it already. */
  <T extends HasMetadata> Optional<T> applyTo(T object, Kind<T> kind) {
    ObjectNode tree = Typed.tree(object);
    ObjectNode before = tree.path("status") instanceof ObjectNode s ? s.deepCopy() : null;
    ObjectNode status = tree.withObject("/status");
    status.put("replicas", replicas);
    put(status, "fullyLabeledReplicas", fullyLabeled);
    put(status, "readyReplicas", ready);
    put(status, "availableReplicas", available);
    status.put("observedGeneration", object.getMetadata().getGeneration());
    condition(status);
    return status.equals(before)
        ? Optional.empty()
        : Optional.of(Json.MAPPER.treeToValue(tree, kind.type()));
  }

  /** Absent stands for zero. */
  private static void put(ObjectNode status, String field, int value) {
    if (value == 0) {
      status.remove(field);
    } else {
      status.put(field, value);
    }
  }

  private void condition(ObjectNode status) {
    ArrayNode conditions =
        status.path("conditions") instanceof ArrayNode a ? a : Json.MAPPER.createArrayNode();
    for (int i = conditions.size() - 1; i >= 0; i--) {
      if (conditions.get(i).path("type").asString("").equals(FAILURE)) {
        if (failureReason.equals(conditions.get(i).path("reason").asString(""))
            && !failure.isEmpty()) {
          return;
        }
        conditions.remove(i);
      }
    }
    if (!failure.isEmpty()) {
      conditions
          .addObject()
          .put("type", FAILURE)
          .put("status", "True")
          .put("reason", failureReason)
          .put("message", failure)
          .put("lastTransitionTime", Stamp.now());
    }
    if (conditions.isEmpty()) {
      status.remove("conditions");
    } else {
      status.set("conditions", conditions);
    }
  }
}
