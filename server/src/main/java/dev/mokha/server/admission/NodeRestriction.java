package dev.mokha.server.admission;

import static java.util.Objects.requireNonNull;

import dev.mokha.server.admission.AdmissionRequest.Operation;
import dev.mokha.server.authorization.NodeAuthorizer;
import dev.mokha.server.storage.ObjectReader;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A kubelet writes its own Node and the pods bound to it, and of these only what is its business:
 * not its taints, not labels by which others place their pods (KEP-279).
 */
public final class NodeRestriction implements AdmissionPlugin {
  private static final Set<String> RESOURCES = Set.of("pods", "nodes", "persistentvolumeclaims");
  private static final Set<String> OWN_LABELS =
      Set.of(
          "kubernetes.io/hostname",
          "kubernetes.io/arch",
          "kubernetes.io/os",
          "beta.kubernetes.io/arch",
          "beta.kubernetes.io/os",
          "beta.kubernetes.io/instance-type",
          "node.kubernetes.io/instance-type",
          "failure-domain.beta.kubernetes.io/region",
          "failure-domain.beta.kubernetes.io/zone",
          "topology.kubernetes.io/region",
          "topology.kubernetes.io/zone");

  private final ObjectReader objects;

  /** Looks pods up among the stored objects. */
  public NodeRestriction(ObjectReader objects) {
    this.objects = requireNonNull(objects);
  }

  @Override
  public String name() {
    return "NodeRestriction";
  }

  @Override
  public boolean handles(AdmissionRequest request) {
    if (NodeAuthorizer.node(request.user()).isEmpty()) {
      return false;
    }
    String group = request.type().gvr().group();
    String resource = request.type().gvr().resource();
    return (group.isEmpty() && RESOURCES.contains(resource))
        || (group.equals("coordination.k8s.io") && resource.equals("leases"))
        || (group.equals("storage.k8s.io") && resource.equals("csinodes"));
  }

  @Override
  public void validate(AdmissionRequest request) {
    String node = NodeAuthorizer.node(request.user()).orElseThrow();
    switch (request.type().gvr().resource()) {
      case "pods" -> checkPod(request, node);
      case "nodes" -> checkNode(request, node);
      case "leases" -> {
        if (!request.namespace().equals("kube-node-lease")) {
          throw request.refuse(
              "can only access leases in the \"kube-node-lease\" system namespace");
        }
        checkOwn(request, node, "lease");
      }
      case "csinodes" -> checkOwn(request, node, "CSINode");
      default -> {
        if (!request.subresource().equals("status")) {
          throw request.refuse("may only update PVC status");
        }
      }
    }
  }

  private static void checkOwn(AdmissionRequest request, String node, String what) {
    if (!nameOf(request).equals(node)) {
      throw request.refuse(
          "can only access %s with the same name as the requesting node".formatted(what));
    }
  }

  private static String nameOf(AdmissionRequest request) {
    return request.name().isEmpty() && request.object() != null
        ? request.object().path("metadata").path("name").asString("")
        : request.name();
  }

  private void checkPod(AdmissionRequest request, String node) {
    switch (request.subresource()) {
      case "" -> {
        switch (request.operation()) {
          case CREATE -> checkMirror(request, node);
          case DELETE -> checkBound(request, node, "delete");
          default -> throw request.refuse("unexpected operation " + request.operation());
        }
      }
      case "status" -> {
        checkBound(request, node, "update status for");
        Map<String, String> before =
            strings(request.oldObject().orElseThrow().toTree().path("metadata").path("labels"));
        if (!before.equals(strings(request.object().path("metadata").path("labels")))) {
          throw request.refuse(
              "node \"%s\" cannot update labels through pod status".formatted(node));
        }
      }
      case "eviction" -> checkBound(request, node, "evict");
      default -> throw request.refuse("unexpected pod subresource " + request.subresource());
    }
  }

  private void checkBound(AdmissionRequest request, String node, String verb) {
    String bound =
        request
            .oldObject()
            .filter(o -> o.kind().equals("Pod"))
            .or(() -> objects.find("", "pods", request.namespace(), request.name()))
            .map(p -> p.toTree().path("spec").path("nodeName").asString(""))
            .orElse("");
    if (!bound.equals(node)) {
      throw request.refuse(
          "node \"%s\" can only %s pods with spec.nodeName set to itself".formatted(node, verb));
    }
  }

  private static void checkMirror(AdmissionRequest request, String node) {
    ObjectNode pod = request.object();
    JsonNode spec = pod.path("spec");
    if (!PodTree.isMirror(pod)) {
      throw request.refuse(
          "pod does not have \"%s\" annotation, node \"%s\" can only create mirror pods"
              .formatted(PodTree.MIRROR, node));
    }
    if (!PodTree.text(spec, "nodeName").equals(node)) {
      throw request.refuse(
          "node \"%s\" can only create pods with spec.nodeName set to itself".formatted(node));
    }
    JsonNode owners = pod.path("metadata").path("ownerReferences");
    JsonNode owner = owners.path(0);
    if (owners.size() != 1
        || !PodTree.text(owner, "kind").equals("Node")
        || !PodTree.text(owner, "name").equals(node)) {
      throw request.refuse(
          "node \"%s\" can only create pods with an owner reference set to itself".formatted(node));
    }
    if (!PodTree.text(spec, "serviceAccountName").isEmpty()) {
      throw request.refuse(
          "node \"%s\" can not create pods that reference a service account".formatted(node));
    }
    for (JsonNode volume : spec.path("volumes")) {
      for (String source :
          new String[] {"secret", "configMap", "persistentVolumeClaim", "projected"}) {
        if (volume.has(source)) {
          throw request.refuse(
              "node \"%s\" can not create pods that reference %ss"
                  .formatted(node, source.toLowerCase(Locale.ROOT)));
        }
      }
    }
  }

  private static void checkNode(AdmissionRequest request, String node) {
    if (!nameOf(request).equals(node)) {
      throw request.refuse(
          "node \"%s\" is not allowed to modify node \"%s\"".formatted(node, nameOf(request)));
    }
    if (request.operation() == Operation.DELETE) {
      throw request.refuse("node \"%s\" is not allowed to delete itself".formatted(node));
    }
    Map<String, String> before = new HashMap<>();
    if (request.operation() == Operation.UPDATE) {
      JsonNode old = request.oldObject().orElseThrow().toTree();
      if (!Objects.equals(taints(old), taints(request.object()))) {
        throw request.refuse("node \"%s\" is not allowed to modify taints".formatted(node));
      }
      if (!old.path("metadata")
          .path("ownerReferences")
          .equals(request.object().path("metadata").path("ownerReferences"))) {
        throw request.refuse(
            "node \"%s\" is not allowed to modify ownerReferences".formatted(node));
      }
      before = strings(old.path("metadata").path("labels"));
    }
    checkLabels(request, before, strings(request.object().path("metadata").path("labels")));
  }

  private static JsonNode taints(JsonNode node) {
    JsonNode taints = node.path("spec").path("taints");
    return taints.isEmpty() ? null : taints;
  }

  private static void checkLabels(
      AdmissionRequest request, Map<String, String> before, Map<String, String> after) {
    Map<String, String> changed = new HashMap<>(before);
    changed.putAll(after);
    changed.keySet().removeIf(k -> Objects.equals(before.get(k), after.get(k)));
    for (String label : changed.keySet()) {
      if (!mayChange(label)) {
        throw request.refuse("is not allowed to modify labels: %s".formatted(label));
      }
    }
  }

  /** What stands under kubernetes.io and k8s.io belongs to the cluster, with exceptions. */
  private static boolean mayChange(String label) {
    int slash = label.indexOf('/');
    if (slash < 0 || OWN_LABELS.contains(label)) {
      return true;
    }
    String domain = label.substring(0, slash);
    if (within(domain, "kubelet.kubernetes.io") || within(domain, "node.kubernetes.io")) {
      return true;
    }
    return !within(domain, "kubernetes.io") && !within(domain, "k8s.io");
  }

  private static boolean within(String domain, String parent) {
    return domain.equals(parent) || domain.endsWith("." + parent);
  }

  private static Map<String, String> strings(JsonNode node) {
    Map<String, String> map = new HashMap<>();
    node.properties().forEach(e -> map.put(e.getKey(), e.getValue().asString("")));
    return map;
  }
}
