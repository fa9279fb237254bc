package dev.mokha.server.admission;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.quantity.Quantity;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import dev.mokha.server.storage.ObjectReader;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** A claim may only ask for more space when it is bound and its storage class allows growth. */
public final class ClaimResize implements AdmissionPlugin {
  private final ObjectReader objects;

  /** Looks the classes up among the stored objects. */
  public ClaimResize(ObjectReader objects) {
    this.objects = requireNonNull(objects);
  }

  @Override
  public String name() {
    return "PersistentVolumeClaimResize";
  }

  @Override
  public boolean handles(AdmissionRequest request) {
    return request.operation() == Operation.UPDATE && request.isFor("", "persistentvolumeclaims");
  }

  @Override
  public void validate(AdmissionRequest request) {
    JsonNode old = request.oldObject().map(KubeObject::toTree).orElseThrow();
    if (asked(request.object()).compareTo(asked(old)) <= 0) {
      return;
    }
    if (!old.path("status").path("phase").asString("").equals("Bound")) {
      throw request.refuse("Only bound persistent volume claims can be expanded");
    }
    String name = request.object().path("spec").path("storageClassName").asString("");
    Optional<KubeObject> found =
        name.isEmpty()
            ? Optional.empty()
            : objects.find("storage.k8s.io", "storageclasses", "", name);
    boolean grows =
        found.map(c -> c.toTree().path("allowVolumeExpansion").asBoolean(false)).orElse(false);
    if (!grows) {
      throw request.refuse(
          "only dynamically provisioned pvc can be resized and the storageclass that provisions"
              + " the pvc must support resize");
    }
  }

  private static Quantity asked(JsonNode claim) {
    return Quantity.parse(
        claim.path("spec").path("resources").path("requests").path("storage").asString("0"));
  }
}
