package dev.mokha.server.admission;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.server.storage.ObjectReader;
import tools.jackson.databind.JsonNode;

/** An ingress that names no class gets the default one, if there is one. */
public final class DefaultIngressClass implements AdmissionPlugin {
  private static final String GROUP = "networking.k8s.io";
  private static final String DEFAULT = "ingressclass.kubernetes.io/is-default-class";
  private static final String OLD_CLASS = "kubernetes.io/ingress.class";

  private final ObjectReader objects;

  /** Looks the classes up among the stored objects. */
  public DefaultIngressClass(ObjectReader objects) {
    this.objects = requireNonNull(objects);
  }

  @Override
  public String name() {
    return "DefaultIngressClass";
  }

  @Override
  public boolean handles(AdmissionRequest request) {
    return request.isCreateOf(GROUP, "ingresses");
  }

  @Override
  public void mutate(AdmissionRequest request) {
    JsonNode object = request.object();
    if (object.path("spec").hasNonNull("ingressClassName")
        || object.path("metadata").path("annotations").has(OLD_CLASS)) {
      return;
    }
    String chosen = "";
    String newest = "";
    for (KubeObject each : objects.list(GROUP, "ingressclasses", "")) {
      JsonNode metadata = each.toTree().path("metadata");
      if (metadata.path("annotations").path(DEFAULT).asString("").equals("true")) {
        String created = PodTree.text(metadata, "creationTimestamp");
        // Of several the newest wins; names come in order, so the first of a second.
        if (chosen.isEmpty() || created.compareTo(newest) > 0) {
          chosen = each.name();
          newest = created;
        }
      }
    }
    if (!chosen.isEmpty()) {
      PodTree.spec(request.object()).put("ingressClassName", chosen);
    }
  }
}
