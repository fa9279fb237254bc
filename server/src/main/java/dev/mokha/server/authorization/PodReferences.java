package dev.mokha.server.authorization;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.server.storage.ObjectReader;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Which secrets, config maps, claims and service accounts the pods of each node use. What a bound
 * pod refers to never changes (but for ephemeral containers' environment), so a pod is parsed once
 * after it was bound.
 */
final class PodReferences {
  /** An object by resource, namespace and name. */
  record Reference(String resource, String namespace, String name) {}

  private record Bound(String node, Set<Reference> references) {}

  private record Index(
      long revision, Map<String, Bound> byUid, Map<String, Map<Reference, Integer>> byNode) {}

  private final ObjectReader objects;
  private volatile Index index = new Index(-1, Map.of(), Map.of());

  PodReferences(ObjectReader objects) {
    this.objects = requireNonNull(objects);
  }

  /** True when a pod bound to the node refers to the object. */
  boolean uses(String node, Reference reference) {
    return current().byNode().getOrDefault(node, Map.of()).containsKey(reference);
  }

  /** True when a pod bound to the node uses a claim that is bound to the volume. */
  boolean usesVolume(String node, String volume) {
    for (Reference reference : current().byNode().getOrDefault(node, Map.of()).keySet()) {
      if (reference.resource().equals("persistentvolumeclaims")
          && objects
              .find("", reference.resource(), reference.namespace(), reference.name())
              .filter(c -> volume.equals(c.toTree().path("spec").path("volumeName").asString("")))
              .isPresent()) {
        return true;
      }
    }
    return false;
  }

  private Index current() {
    Index now = index;
    long revision = objects.lastChange("", "pods");
    if (now.revision() == revision) {
      return now;
    }
    synchronized (this) {
      if (index.revision() != revision) {
        index = build(revision, index.byUid());
      }
      return index;
    }
  }

  private Index build(long revision, Map<String, Bound> before) {
    Map<String, Bound> byUid = new HashMap<>();
    Map<String, Map<Reference, Integer>> byNode = new HashMap<>();
    for (KubeObject pod : objects.list("", "pods", "")) {
      Bound bound = before.get(pod.uid());
      if (bound == null) {
        JsonNode spec = pod.toTree().path("spec");
        String node = spec.path("nodeName").asString("");
        if (node.isEmpty()) {
          continue;
        }
        bound = new Bound(node, references(pod.namespace(), spec));
      }
      byUid.put(pod.uid(), bound);
      Map<Reference, Integer> used = byNode.computeIfAbsent(bound.node(), n -> new HashMap<>());
      bound.references().forEach(r -> used.merge(r, 1, Integer::sum));
    }
    return new Index(revision, byUid, byNode);
  }

  private static Set<Reference> references(String namespace, JsonNode spec) {
    Set<Reference> found = new HashSet<>();
    add(found, "serviceaccounts", namespace, spec.path("serviceAccountName"));
    for (JsonNode secret : spec.path("imagePullSecrets")) {
      add(found, "secrets", namespace, secret.path("name"));
    }
    for (String list : new String[] {"initContainers", "containers", "ephemeralContainers"}) {
      for (JsonNode container : spec.path(list)) {
        environment(found, namespace, container);
      }
    }
    for (JsonNode volume : spec.path("volumes")) {
      volume(found, namespace, volume);
    }
    return found;
  }

  private static void environment(Set<Reference> found, String namespace, JsonNode container) {
    for (JsonNode from : container.path("envFrom")) {
      add(found, "secrets", namespace, from.path("secretRef").path("name"));
      add(found, "configmaps", namespace, from.path("configMapRef").path("name"));
    }
    for (JsonNode variable : container.path("env")) {
      JsonNode from = variable.path("valueFrom");
      add(found, "secrets", namespace, from.path("secretKeyRef").path("name"));
      add(found, "configmaps", namespace, from.path("configMapKeyRef").path("name"));
    }
  }

  private static void volume(Set<Reference> found, String namespace, JsonNode volume) {
    add(found, "secrets", namespace, volume.path("secret").path("secretName"));
    add(found, "configmaps", namespace, volume.path("configMap").path("name"));
    add(
        found,
        "persistentvolumeclaims",
        namespace,
        volume.path("persistentVolumeClaim").path("claimName"));
    for (JsonNode source : volume.path("projected").path("sources")) {
      add(found, "secrets", namespace, source.path("secret").path("name"));
      add(found, "configmaps", namespace, source.path("configMap").path("name"));
    }
    // The drivers that take a secret name it in one of two ways.
    for (var source : volume.properties()) {
      add(found, "secrets", namespace, source.getValue().path("secretRef").path("name"));
      add(found, "secrets", namespace, source.getValue().path("nodePublishSecretRef").path("name"));
    }
    add(found, "secrets", namespace, volume.path("azureFile").path("secretName"));
  }

  private static void add(Set<Reference> found, String resource, String namespace, JsonNode name) {
    String text = name.asString("");
    if (!text.isEmpty()) {
      found.add(new Reference(resource, namespace, text));
    }
  }
}
