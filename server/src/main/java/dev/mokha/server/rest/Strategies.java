package dev.mokha.server.rest;

import dev.mokha.api.object.Json;
import dev.mokha.server.pipeline.ApiCall;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The strategy of every kind. */
final class Strategies {
  private static final Set<String> COUNTED =
      Set.of(
          "/replicationcontrollers",
          "apps/deployments",
          "apps/replicasets",
          "apps/statefulsets",
          "apps/daemonsets",
          "batch/jobs",
          "batch/cronjobs",
          "policy/poddisruptionbudgets",
          "networking.k8s.io/ingresses",
          "networking.k8s.io/ingressclasses",
          "networking.k8s.io/networkpolicies",
          "discovery.k8s.io/endpointslices",
          "flowcontrol.apiserver.k8s.io/flowschemas",
          "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations",
          "scheduling.k8s.io/priorityclasses",
          "apiextensions.k8s.io/customresourcedefinitions",
          "admissionregistration.k8s.io/validatingadmissionpolicies",
          "admissionregistration.k8s.io/validatingadmissionpolicybindings",
          "admissionregistration.k8s.io/mutatingadmissionpolicies",
          "admissionregistration.k8s.io/mutatingadmissionpolicybindings",
          "admissionregistration.k8s.io/mutatingwebhookconfigurations",
          "admissionregistration.k8s.io/validatingwebhookconfigurations",
          "resource.k8s.io/resourceslices");
  private static final Set<String> RETURN_DELETED =
      Set.of(
          "/pods",
          "/services",
          "/podtemplates",
          "/persistentvolumes",
          "/persistentvolumeclaims",
          "/resourcequotas",
          "/serviceaccounts",
          "storage.k8s.io/csidrivers",
          "storage.k8s.io/storageclasses",
          "storage.k8s.io/volumeattachments",
          "storage.k8s.io/csinodes",
          "resource.k8s.io/resourceclaims",
          "resource.k8s.io/resourceclaimtemplates",
          "resource.k8s.io/deviceclasses",
          "resource.k8s.io/resourceslices");
  private static final Set<String> CREATE_ON_UPDATE =
      Set.of(
          "/endpoints",
          "/events",
          "/limitranges",
          "/services",
          "coordination.k8s.io/leases",
          "rbac.authorization.k8s.io/roles",
          "rbac.authorization.k8s.io/rolebindings",
          "rbac.authorization.k8s.io/clusterroles",
          "rbac.authorization.k8s.io/clusterrolebindings",
          "node.k8s.io/runtimeclasses");

  private static final Strategy CUSTOM = new CustomResourceStrategy();

  private final Map<String, Strategy> special = new HashMap<>();
  private final Map<String, Strategy> all = new ConcurrentHashMap<>();

  Strategies(Map<String, Strategy> special) {
    this.special.put("/pods", new PodStrategy());
    this.special.put("/namespaces", new NamespaceStrategy());
    this.special.put("/nodes", new NodeStrategy());
    this.special.putAll(KindStrategies.ALL);
    this.special.putAll(special);
  }

  Strategy of(ServedResource r) {
    return r.isCustom() ? CUSTOM : all.computeIfAbsent(r.group() + "/" + r.resource(), this::make);
  }

  private Strategy make(String name) {
    Strategy own = special.get(name);
    return own != null
        ? own
        : new Plain(
            COUNTED.contains(name), RETURN_DELETED.contains(name), CREATE_ON_UPDATE.contains(name));
  }

  private record Plain(boolean countsGeneration, boolean returnsDeleted, boolean createsOnUpdate)
      implements Strategy {}

  private static final class NodeStrategy implements Strategy {
    @Override
    public boolean keepsStatusOnCreate() {
      return true;
    }
  }

  /** A namespace goes when {@code spec.finalizers} is empty; its controller sees to that. */
  private static final class NamespaceStrategy implements Strategy {
    @Override
    public void prepareCreate(ApiCall call, ObjectNode created) {
      ObjectNode spec = created.withObject("/spec");
      boolean has = false;
      for (JsonNode f : spec.path("finalizers")) {
        has |= f.asString("").equals("kubernetes");
      }
      if (!has) {
        spec.withArray("/finalizers").add("kubernetes");
      }
      created.putObject("status").put("phase", "Active");
      label(created);
    }

    @Override
    public void prepareUpdate(ApiCall call, ObjectNode updated, ObjectNode old) {
      JsonNode finalizers = old.path("spec").path("finalizers");
      if (finalizers.isEmpty()) {
        updated.withObject("/spec").remove("finalizers");
      } else {
        updated.withObject("/spec").set("finalizers", finalizers);
      }
      label(updated);
    }

    private static void label(ObjectNode namespace) {
      ObjectNode meta = Metadata.of(namespace);
      String name = meta.path("name").asString("");
      if (!name.isEmpty()) {
        JsonNode labels = meta.get("labels");
        ObjectNode to = labels instanceof ObjectNode o ? o : Json.MAPPER.createObjectNode();
        to.put("kubernetes.io/metadata.name", name);
        meta.set("labels", to);
      }
    }

    @Override
    public boolean heldBeyondFinalizers(JsonNode namespace) {
      return !namespace.path("spec").path("finalizers").isEmpty();
    }

    @Override
    public void prepareMark(ObjectNode namespace) {
      namespace.withObject("/status").put("phase", "Terminating");
      Metadata.of(namespace).remove("deletionGracePeriodSeconds");
    }
  }
}
