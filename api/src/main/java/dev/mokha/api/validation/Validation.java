package dev.mokha.api.validation;

import dev.mokha.api.resource.GroupVersionKind;
import java.util.HashMap;
import java.util.Map;

/**
 * The rules of every built-in kind.
 *
 * <pre>{@code
 * List<StatusCause> causes = Validation.forKind(gvk).validateCreate(tree);
 * if (!causes.isEmpty()) {
 *   throw StatusException.invalid(gvk.group(), gvk.kind(), name, causes);
 * }
 * }</pre>
 */
public final class Validation {
  private static final String RBAC = "rbac.authorization.k8s.io/";
  private static final String NETWORK = "networking.k8s.io/";
  private static final String STORAGE = "storage.k8s.io/";

  private static final ObjectValidator METADATA_ONLY = KindRules.metadataOnly(NameRule.SUBDOMAIN);
  private static final ObjectValidator CUSTOM =
      KindRules.metadataOnly(NameRule.SUBDOMAIN_OF_EXTENSION);
  private static final Map<String, ObjectValidator> BY_KIND = table();

  private Validation() {}

  /** The rules that all custom resources share: those for metadata. */
  public static ObjectValidator customMetadata() {
    return CUSTOM;
  }

  /** The rules of a kind; of one without rules of its own, those for metadata alone. */
  public static ObjectValidator forKind(GroupVersionKind kind) {
    return BY_KIND.getOrDefault(kind.group() + "/" + kind.kind(), METADATA_ONLY);
  }

  private static Map<String, ObjectValidator> table() {
    Map<String, ObjectValidator> kinds = new HashMap<>();
    core(kinds);
    workloads(kinds);
    access(kinds);
    policies(kinds);
    network(kinds);
    storage(kinds);
    extensions(kinds);
    return Map.copyOf(kinds);
  }

  private static void core(Map<String, ObjectValidator> kinds) {
    kinds.put(
        "/Pod",
        new KindRules(
            NameRule.SUBDOMAIN,
            PodRules::pod,
            PodChangeRules::update,
            Map.of(
                "status", PodChangeRules::status,
                "ephemeralcontainers", PodChangeRules::ephemeralContainers,
                "resize", PodChangeRules::resize)));
    kinds.put("/PodTemplate", KindRules.of(NameRule.SUBDOMAIN, CoreRules::podTemplate));
    kinds.put("/Binding", KindRules.of(NameRule.SUBDOMAIN, CoreRules::binding));
    kinds.put(
        "/Service",
        new KindRules(
            NameRule.LABEL,
            ServiceRules::service,
            ServiceRules::change,
            Map.of("status", CoreRules::serviceStatus)));
    kinds.put(
        "/Namespace",
        new KindRules(
            NameRule.LABEL,
            CoreRules::namespace,
            KindRules.Change.ANY,
            Map.of("status", CoreRules::namespaceStatus)));
    kinds.put(
        "/Node",
        new KindRules(
            NameRule.SUBDOMAIN,
            CoreRules::node,
            CoreRules::nodeChange,
            Map.of("status", CoreRules::nodeStatus)));
    kinds.put(
        "/ConfigMap",
        KindRules.of(NameRule.SUBDOMAIN, CoreRules::configMap, CoreRules::immutableData));
    kinds.put(
        "/Secret", KindRules.of(NameRule.SUBDOMAIN, CoreRules::secret, CoreRules::secretChange));
    kinds.put("/Event", KindRules.of(NameRule.SUBDOMAIN, CoreRules::event));
    kinds.put("events.k8s.io/Event", KindRules.of(NameRule.SUBDOMAIN, CoreRules::groupEvent));
  }

  private static void workloads(Map<String, ObjectValidator> kinds) {
    Map<String, KindRules.Change> subresources =
        Map.of("status", WorkloadRules::status, "scale", WorkloadRules::scale);
    kinds.put(
        "/ReplicationController",
        new KindRules(
            NameRule.SUBDOMAIN,
            WorkloadRules::replicationController,
            KindRules.Change.ANY,
            subresources));
    kinds.put(
        "apps/ReplicaSet",
        new KindRules(
            NameRule.SUBDOMAIN,
            WorkloadRules::replicaSet,
            WorkloadRules::selectorStays,
            subresources));
    kinds.put(
        "apps/Deployment",
        new KindRules(
            NameRule.SUBDOMAIN,
            WorkloadRules::deployment,
            WorkloadRules::selectorStays,
            subresources));
    kinds.put(
        "apps/DaemonSet",
        new KindRules(
            NameRule.SUBDOMAIN,
            WorkloadRules::daemonSet,
            WorkloadRules::selectorStays,
            subresources));
    kinds.put(
        "apps/StatefulSet",
        new KindRules(
            NameRule.LABEL,
            WorkloadRules::statefulSet,
            WorkloadRules::statefulSetChange,
            subresources));
    kinds.put(
        "apps/ControllerRevision",
        KindRules.of(NameRule.SUBDOMAIN, CoreRules::revision, CoreRules::revisionChange));
    kinds.put("batch/Job", KindRules.of(NameRule.SUBDOMAIN, JobRules::job, JobRules::change));
    kinds.put("batch/CronJob", KindRules.of(NameRule.SUBDOMAIN, JobRules::cronJob));
  }

  private static void access(Map<String, ObjectValidator> kinds) {
    kinds.put(RBAC + "Role", KindRules.of(NameRule.PATH_SEGMENT, RbacRules::role));
    kinds.put(RBAC + "ClusterRole", KindRules.of(NameRule.PATH_SEGMENT, RbacRules::clusterRole));
    kinds.put(
        RBAC + "RoleBinding",
        KindRules.of(NameRule.PATH_SEGMENT, RbacRules::roleBinding, RbacRules::bindingChange));
    kinds.put(
        RBAC + "ClusterRoleBinding",
        KindRules.of(
            NameRule.PATH_SEGMENT, RbacRules::clusterRoleBinding, RbacRules::bindingChange));
    kinds.put(
        "certificates.k8s.io/CertificateSigningRequest",
        new KindRules(
            NameRule.SUBDOMAIN,
            CertificateRules::request,
            CertificateRules::change,
            Map.of("approval", CertificateRules::approval, "status", CertificateRules::status)));
  }

  private static void policies(Map<String, ObjectValidator> kinds) {
    kinds.put(
        "policy/PodDisruptionBudget",
        KindRules.of(NameRule.SUBDOMAIN, PolicyRules::disruptionBudget));
    kinds.put(
        "scheduling.k8s.io/PriorityClass",
        KindRules.of(
            NameRule.SUBDOMAIN, PolicyRules::priorityClass, PolicyRules::priorityClassChange));
    kinds.put("/LimitRange", KindRules.of(NameRule.SUBDOMAIN, PolicyRules::limitRange));
    kinds.put(
        "/ResourceQuota",
        KindRules.of(NameRule.SUBDOMAIN, PolicyRules::quota, PolicyRules::quotaChange));
    kinds.put("coordination.k8s.io/Lease", KindRules.of(NameRule.SUBDOMAIN, PolicyRules::lease));
    kinds.put(
        "node.k8s.io/RuntimeClass",
        KindRules.of(
            NameRule.SUBDOMAIN, PolicyRules::runtimeClass, PolicyRules::runtimeClassChange));
    kinds.put(
        "flowcontrol.apiserver.k8s.io/FlowSchema",
        new KindRules(
            NameRule.SUBDOMAIN,
            FlowRules::schema,
            KindRules.Change.ANY,
            Map.of("status", FlowRules::status)));
    kinds.put(
        "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration",
        new KindRules(
            NameRule.SUBDOMAIN,
            FlowRules::level,
            KindRules.Change.ANY,
            Map.of("status", FlowRules::status)));
    kinds.put(
        "autoscaling/HorizontalPodAutoscaler",
        KindRules.of(NameRule.SUBDOMAIN, PolicyRules::autoscaler));
  }

  private static void network(Map<String, ObjectValidator> kinds) {
    kinds.put("/Endpoints", KindRules.of(NameRule.SUBDOMAIN, EndpointRules::endpoints));
    kinds.put(
        "discovery.k8s.io/EndpointSlice",
        KindRules.of(NameRule.SUBDOMAIN, EndpointRules::slice, EndpointRules::sliceChange));
    kinds.put(NETWORK + "Ingress", KindRules.of(NameRule.SUBDOMAIN, NetworkRules::ingress));
    kinds.put(
        NETWORK + "IngressClass",
        KindRules.of(
            NameRule.SUBDOMAIN, NetworkRules::ingressClass, NetworkRules::ingressClassChange));
    kinds.put(NETWORK + "IPAddress", KindRules.of(NameRule.IP_ADDRESS, NetworkRules::address));
    kinds.put(
        NETWORK + "ServiceCIDR",
        KindRules.of(
            NameRule.SUBDOMAIN, NetworkRules::serviceRange, NetworkRules::serviceRangeChange));
    kinds.put(NETWORK + "NetworkPolicy", KindRules.of(NameRule.SUBDOMAIN, NetworkRules::policy));
  }

  private static void storage(Map<String, ObjectValidator> kinds) {
    kinds.put(
        "/PersistentVolume",
        KindRules.of(NameRule.SUBDOMAIN, StorageRules::volume, StorageRules::volumeChange));
    kinds.put(
        "/PersistentVolumeClaim",
        KindRules.of(NameRule.SUBDOMAIN, ClaimRules::claim, ClaimRules::change));
    kinds.put(
        STORAGE + "StorageClass",
        KindRules.of(
            NameRule.SUBDOMAIN, StorageRules::storageClass, StorageRules::storageClassChange));
    kinds.put(STORAGE + "CSIDriver", KindRules.of(NameRule.SUBDOMAIN, StorageRules::csiDriver));
    kinds.put(
        STORAGE + "VolumeAttachment",
        KindRules.of(NameRule.SUBDOMAIN, StorageRules::attachment, StorageRules::specStays));
  }

  private static void extensions(Map<String, ObjectValidator> kinds) {
    kinds.putAll(AdmissionRules.validators(() -> ExpressionCheck.NONE));
    kinds.put(
        "apiextensions.k8s.io/CustomResourceDefinition",
        KindRules.of(
            NameRule.SUBDOMAIN_OF_EXTENSION,
            ExtensionRules::customResourceDefinition,
            ExtensionRules::definitionChange));
    kinds.put(
        "apiregistration.k8s.io/APIService",
        KindRules.of(NameRule.PATH_SEGMENT, ExtensionRules::apiService));
  }
}
