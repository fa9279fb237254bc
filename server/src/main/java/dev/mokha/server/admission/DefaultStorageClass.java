package dev.mokha.server.admission;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.server.storage.ObjectReader;
import tools.jackson.databind.JsonNode;

/** A claim that names no storage class gets the default one, if there is one. */
public final class DefaultStorageClass implements AdmissionPlugin {
  private static final String ANNOTATION = "storageclass.kubernetes.io/is-default-class";

  private final ObjectReader objects;

  /** Looks the classes up among the stored objects. */
  public DefaultStorageClass(ObjectReader objects) {
    this.objects = requireNonNull(objects);
  }

  @Override
  public String name() {
    return "DefaultStorageClass";
  }

  @Override
  public boolean handles(AdmissionRequest request) {
    return request.isCreateOf("", "persistentvolumeclaims");
  }

  @Override
  public void mutate(AdmissionRequest request) {
    JsonNode spec = request.object().path("spec");
    // An empty name is a choice too: no class.
    if (spec.has("storageClassName")
        || request
            .object()
            .path("metadata")
            .path("annotations")
            .has("volume.beta.kubernetes.io/storage-class")) {
      return;
    }
    String chosen = "";
    String newest = "";
    for (KubeObject each : objects.list("storage.k8s.io", "storageclasses", "")) {
      JsonNode metadata = each.toTree().path("metadata");
      if (metadata.path("annotations").path(ANNOTATION).asString("").equals("true")) {
        String created = PodTree.text(metadata, "creationTimestamp");
        // Of several the newest wins (KEP-3333); names come in order, so the first of a second.
        if (chosen.isEmpty() || created.compareTo(newest) > 0) {
          chosen = each.name();
          newest = created;
        }
      }
    }
    if (!chosen.isEmpty()) {
      PodTree.spec(request.object()).put("storageClassName", chosen);
    }
  }
}
