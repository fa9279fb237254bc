package dev.mokha.server.rest;

import dev.mokha.server.pipeline.ApiCall;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Pods: their first status, and the grace their deletion has. */
final class PodStrategy implements Strategy {
  @Override
  public boolean countsGeneration() {
    return true;
  }

  @Override
  public boolean returnsDeleted() {
    return true;
  }

  @Override
  public void prepareCreate(ApiCall call, ObjectNode pod) {
    ObjectNode status = pod.putObject("status");
    status.put("phase", "Pending");
    status.put("qosClass", PodQuality.of(pod.path("spec")));
    if (!pod.path("spec").path("schedulingGates").isEmpty()) {
      ObjectNode condition = status.putArray("conditions").addObject();
      condition.put("type", "PodScheduled").put("status", "False");
      condition.put("reason", "SchedulingGated");
      condition.put("message", "Scheduling is blocked due to non-empty scheduling gates");
    }
  }

  /** As the kubelet has it: none for a pod no node has seen, or that has ended by itself. */
  @Override
  public long gracePeriod(JsonNode pod, Long asked) {
    long period =
        asked != null ? asked : pod.path("spec").path("terminationGracePeriodSeconds").asLong(30);
    if (pod.path("spec").path("nodeName").asString("").isEmpty()) {
      return 0;
    }
    String phase = pod.path("status").path("phase").asString("");
    if (phase.equals("Failed") || phase.equals("Succeeded")) {
      return 0;
    }
    return period < 0 ? 1 : period;
  }
}
