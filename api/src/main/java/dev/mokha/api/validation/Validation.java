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
  private static final ObjectValidator METADATA_ONLY = KindRules.metadataOnly(NameRule.SUBDOMAIN);
  private static final Map<String, ObjectValidator> BY_KIND = table();

  private Validation() {}

  /** The rules of a kind; of one without rules of its own, those for metadata alone. */
  public static ObjectValidator forKind(GroupVersionKind kind) {
    return BY_KIND.getOrDefault(kind.group() + "/" + kind.kind(), METADATA_ONLY);
  }

  private static Map<String, ObjectValidator> table() {
    Map<String, ObjectValidator> kinds = new HashMap<>();
    core(kinds);
    workloads(kinds);
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
        "/Service", KindRules.of(NameRule.LABEL_1035, ServiceRules::service, ServiceRules::change));
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
    kinds.put("batch/Job", KindRules.of(NameRule.SUBDOMAIN, JobRules::job, JobRules::change));
    kinds.put("batch/CronJob", KindRules.of(NameRule.SUBDOMAIN, JobRules::cronJob));
  }
}
