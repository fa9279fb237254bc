package dev.mokha.server.rest;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.server.admission.AdmissionMetrics;
import dev.mokha.server.admission.AdmissionPlugin;
import dev.mokha.server.admission.AdmissionRequest;
import dev.mokha.server.admission.AdmissionRequest.Companion;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.storage.ObjectStorage;
import dev.mokha.server.storage.ObjectStorage.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/** Asks all plug-ins, in their order: first those that change the object, then those that judge. */
final class AdmissionChain {
  private static final GroupVersionResource NAMESPACES =
      new GroupVersionResource("", "v1", "namespaces");

  private final AdmissionMetrics metrics = new AdmissionMetrics();
  private final List<Timed> plugins;

  AdmissionChain(List<AdmissionPlugin> plugins) {
    this.plugins = plugins.stream().map(p -> new Timed(p, metrics.add(p))).toList();
  }

  /** How long the plug-ins take. */
  AdmissionMetrics metrics() {
    return metrics;
  }

  /** A plug-in and its figures. */
  record Timed(AdmissionPlugin plugin, AdmissionMetrics.Plugin figures) {
    void run(AdmissionRequest request, boolean mutating) {
      long begun = System.nanoTime();
      boolean passed = false;
      try {
        if (mutating) {
          plugin.mutate(request);
        } else {
          plugin.validate(request);
        }
        passed = true;
      } finally {
        figures.note(request.operation(), mutating, !passed, System.nanoTime() - begun);
      }
    }
  }

  /** The request's way through the chain; empty of plug-ins when none has anything to say. */
  record Admission(AdmissionRequest request, List<Timed> plugins, ApiCall call)
      implements AutoCloseable {
    /** True when a plug-in may have changed the object. */
    boolean mutate() {
      try {
        do {
          for (Timed p : plugins) {
            p.run(request, true);
          }
        } while (request.beginAgain());
      } catch (StatusException e) {
        tell();
        throw e;
      }
      return !plugins.isEmpty();
    }

    /** Judges; may be called again after a conflict. */
    void validate() {
      request.endAttempt();
      try {
        for (Timed p : plugins) {
          p.run(request, false);
        }
      } finally {
        tell();
      }
    }

    private void tell() {
      request.annotations().forEach(call.audit()::annotate);
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

  /** Begins the way of an object in the resource's own kind. */
  Admission begin(
      ApiCall call,
      Operation operation,
      String name,
      ObjectNode object,
      KubeObject old,
      ObjectNode options) {
    return begin(call, operation, call.resource().type().gvk(), name, object, old, options);
  }

  /**
   * Begins the way of an object.
   *
   * @param kind of the object
   * @param deleteOptions null for what is no DELETE
   */
  Admission begin(
      ApiCall call,
      Operation operation,
      GroupVersionKind kind,
      String name,
      ObjectNode object,
      KubeObject old,
      ObjectNode deleteOptions) {
    ResourceType type = call.resource().type();
    Supplier<ObjectNode> options = () -> RequestOptions.of(call, operation, deleteOptions);
    AdmissionRequest request =
        new AdmissionRequest(
            operation,
            type,
            kind,
            call.subresource(),
            // A namespace counts as being inside itself, as it does for authorization.
            type.gvr().equals(NAMESPACES) ? name : call.namespace(),
            name,
            call.user(),
            call.dryRun(),
            object,
            old,
            options);
    List<Timed> interested = new ArrayList<>(plugins.size());
    for (Timed p : plugins) {
      if (p.plugin.handles(request)) {
        interested.add(p);
      }
    }
    return new Admission(request, interested, call);
  }

  /** Leads a posted object through the whole chain; for what is not stored as it was posted. */
  void admit(
      ApiCall call, Operation operation, GroupVersionKind kind, String name, ObjectNode object) {
    try (Admission way = begin(call, operation, kind, name, object, null, null)) {
      way.mutate();
      way.validate();
    }
  }
}
