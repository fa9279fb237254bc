package dev.mokha.server.rest;

import dev.mokha.server.pipeline.ApiCall;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** The small wishes of single kinds. */
final class KindStrategies {
  static final Map<String, Strategy> ALL =
      Map.of(
          "batch/jobs",
          new Job(),
          "certificates.k8s.io/certificatesigningrequests",
          new SigningRequestStrategy(),
          "/persistentvolumeclaims",
          new FirstPhase(),
          "/persistentvolumes",
          new FirstPhase());

  private KindStrategies() {}

  private static ObjectNode child(ObjectNode parent, String field) {
    return parent.get(field) instanceof ObjectNode o ? o : parent.putObject(field);
  }

  /** A job selects its pods by its own uid, unless it says that it selects by hand. */
  private static final class Job implements Strategy {
    private static final List<String> BY_UID =
        List.of("batch.kubernetes.io/controller-uid", "controller-uid");
    private static final List<String> BY_NAME = List.of("batch.kubernetes.io/job-name", "job-name");

    @Override
    public boolean countsGeneration() {
      return true;
    }

    @Override
    public void prepareCreate(ApiCall call, ObjectNode job) {
      ObjectNode spec = child(job, "spec");
      if (spec.path("manualSelector").asBoolean(false)) {
        return;
      }
      String uid = Metadata.text(job, "uid");
      ObjectNode labels = child(child(child(spec, "template"), "metadata"), "labels");
      BY_UID.forEach(l -> labels.put(l, uid));
      BY_NAME.forEach(l -> labels.put(l, Metadata.text(job, "name")));
      child(child(spec, "selector"), "matchLabels").put(BY_UID.getFirst(), uid);
    }
  }

  private static final class FirstPhase implements Strategy {
    @Override
    public boolean returnsDeleted() {
      return true;
    }

    @Override
    public void prepareCreate(ApiCall call, ObjectNode object) {
      object.putObject("status").put("phase", "Pending");
    }
  }
}
