package dev.mokha.server.rest;

import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.server.admission.AdmissionPlugin;
import dev.mokha.server.admission.AdmissionRequest;
import dev.mokha.server.admission.AdmissionRequest.Companion;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.storage.ObjectStorage;
import dev.mokha.server.storage.ObjectStorage.Write;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Asks all plug-ins, in their order: first those that change the object, then those that judge. */
final class AdmissionChain {
  private final List<AdmissionPlugin> plugins;

  AdmissionChain(List<AdmissionPlugin> plugins) {
    this.plugins = List.copyOf(plugins);
  }

  /** The request's way through the chain; empty of plug-ins when none has anything to say. */
  record Admission(AdmissionRequest request, List<AdmissionPlugin> plugins, ApiCall call)
      implements AutoCloseable {
    /** True when a plug-in may have changed the object. */
    boolean mutate() {
      for (AdmissionPlugin p : plugins) {
        p.mutate(request);
      }
      return !plugins.isEmpty();
    }

    /** Judges; may be called again after a conflict. */
    void validate() {
      request.endAttempt();
      for (AdmissionPlugin p : plugins) {
        p.validate(request);
      }
      for (String warning : request.warnings()) {
        if (!call.warnings().contains(warning)) {
          call.warnings().add(warning);
        }
      }
    }

    /** What the plug-ins want stored together with the object. */
    List<Write> alongside(ObjectStorage storage) {
      List<Companion> companions = request.companions();
      return companions.isEmpty()
          ? List.of()
          : companions.stream()
              .<Write>map(c -> storage.update(c.group(), c.resource(), c.before(), c.after()))
              .toList();
    }

    @Override
    public void close() {
      request.endAttempt();
    }
  }

  Admission begin(
      ApiCall call,
      Operation operation,
      String name,
      ObjectNode object,
      KubeObject old,
      ObjectNode options) {
    AdmissionRequest request =
        new AdmissionRequest(
            operation,
            call.resource().type(),
            call.subresource(),
            call.namespace(),
            name,
            call.user(),
            call.dryRun(),
            object,
            old,
            options == null ? Json.MAPPER.createObjectNode() : options);
    List<AdmissionPlugin> interested = new ArrayList<>(plugins.size());
    for (AdmissionPlugin p : plugins) {
      if (p.handles(request)) {
        interested.add(p);
      }
    }
    return new Admission(request, interested, call);
  }
}
