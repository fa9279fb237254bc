package dev.mokha.server.admission;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.object.KubeObject;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import dev.mokha.server.storage.ObjectReader;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Nothing is made in a namespace that does not exist or is being deleted, and the namespaces that a
 * cluster can't be without stay.
 */
public final class NamespaceLifecycle implements AdmissionPlugin {
  private static final Set<String> IMMORTAL = Set.of("default", "kube-system", "kube-public");

  private final ObjectReader objects;

  /** Looks the namespaces up among the stored objects. */
  public NamespaceLifecycle(ObjectReader objects) {
    this.objects = requireNonNull(objects);
  }

  @Override
  public String name() {
    return "NamespaceLifecycle";
  }

  @Override
  public boolean handles(AdmissionRequest request) {
    if (request.isFor("", "namespaces")) {
      return request.operation() == Operation.DELETE && IMMORTAL.contains(request.name());
    }
    return request.type().namespaced()
        && !request.namespace().isEmpty()
        && (request.operation() == Operation.CREATE || request.operation() == Operation.UPDATE)
        && !request.type().gvr().resource().equals("localsubjectaccessreviews");
  }

  @Override
  public void mutate(AdmissionRequest request) {
    if (request.isFor("", "namespaces")) {
      throw request.refuse("this namespace may not be deleted");
    }
    Optional<KubeObject> namespace = objects.find("", "namespaces", "", request.namespace());
    if (namespace.isEmpty()) {
      throw StatusException.notFound("", "namespaces", request.namespace());
    }
    if (request.operation() == Operation.CREATE && namespace.get().isDeleting()) {
      throw terminating(request);
    }
  }

  /** Controllers tell this refusal from others by its cause. */
  private static StatusException terminating(AdmissionRequest request) {
    StatusException refusal =
        request.refuse(
            "unable to create new content in namespace %s because it is being terminated"
                .formatted(request.namespace()));
    StatusException.Details about = refusal.details();
    StatusCause cause =
        new StatusCause(
            "NamespaceTerminating",
            "namespace %s is being terminated".formatted(request.namespace()),
            "metadata.namespace");
    return new StatusException(
        StatusReason.FORBIDDEN,
        refusal.getMessage(),
        new StatusException.Details(
            about.group(), about.kind(), about.name(), about.uid(), List.of(cause), 0));
  }
}
