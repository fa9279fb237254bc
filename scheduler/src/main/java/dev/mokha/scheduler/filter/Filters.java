package dev.mokha.scheduler.filter;

import dev.mokha.scheduler.NodeState;
import dev.mokha.scheduler.PodDemand;
import dev.mokha.scheduler.Terms;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.Taint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** All filters, the cheap and frequent ones first. */
public final class Filters {
  /** In the order in which they are asked. */
  public static final List<NodeFilter> ALL =
      List.of(
          (pod, cluster) -> node -> unschedulable(pod, node),
          (pod, cluster) -> named(pod),
          (pod, cluster) -> node -> taints(pod, node),
          (pod, cluster) -> affinity(pod),
          (pod, cluster) -> ports(pod),
          (pod, cluster) -> node -> resources(pod, node),
          new TopologySpread(),
          new InterPodAffinity());

  private static final Taint UNSCHEDULABLE =
      new Taint("NoSchedule", "node.kubernetes.io/unschedulable", null, null);

  private Filters() {}

  private static List<String> unschedulable(PodDemand pod, NodeState node) {
    return node.isUnschedulable() && !Terms.tolerates(pod.pod(), UNSCHEDULABLE)
        ? List.of("node(s) were unschedulable")
        : List.of();
  }

  private static NodeFilter.Check named(PodDemand pod) {
    String name = pod.pod().getSpec().getNodeName();
    return name == null || name.isEmpty()
        ? NodeFilter.Check.ALL
        : node ->
            node.name().equals(name)
                ? List.of()
                : List.of("node(s) didn't match the requested node name");
  }

  private static List<String> taints(PodDemand pod, NodeState node) {
    for (Taint taint : node.taints()) {
      boolean keepsOut =
          taint.getEffect().equals("NoSchedule") || taint.getEffect().equals("NoExecute");
      if (keepsOut && !Terms.tolerates(pod.pod(), taint)) {
        String value = taint.getValue() == null ? "" : taint.getValue();
        return List.of("node(s) had untolerated taint {%s: %s}".formatted(taint.getKey(), value));
      }
    }
    return List.of();
  }

  private static NodeFilter.Check affinity(PodDemand pod) {
    Map<String, String> selector = pod.pod().getSpec().getNodeSelector();
    NodeSelector required =
        pod.affinity() == null || pod.affinity().getNodeAffinity() == null
            ? null
            : pod.affinity().getNodeAffinity().getRequiredDuringSchedulingIgnoredDuringExecution();
    if ((selector == null || selector.isEmpty()) && required == null) {
      return NodeFilter.Check.ALL;
    }
    return node -> {
      boolean fits =
          (selector == null || node.labels().entrySet().containsAll(selector.entrySet()))
              && (required == null
                  || required.getNodeSelectorTerms().stream()
                      .anyMatch(t -> Terms.matches(t, node)));
      return fits ? List.of() : List.of("node(s) didn't match Pod's node affinity/selector");
    };
  }

  private static NodeFilter.Check ports(PodDemand pod) {
    if (pod.hostPorts().isEmpty()) {
      return NodeFilter.Check.ALL;
    }
    return node -> {
      boolean free =
          !node.hasHostPorts()
              || node.pods().stream()
                  .flatMap(p -> p.hostPorts().stream())
                  .noneMatch(taken -> pod.hostPorts().stream().anyMatch(taken::conflicts));
      return free
          ? List.of()
          : List.of("node(s) didn't have free ports for the requested pod ports");
    };
  }

  private static List<String> resources(PodDemand pod, NodeState node) {
    List<String> missing = new ArrayList<>(0);
    if (node.pods().size() + 1 > node.maxPods()) {
      missing.add("Too many pods");
    }
    lack(
        missing,
        "cpu",
        pod.requests().milliCpu(),
        node.requested().milliCpu(),
        node.allocatable().milliCpu());
    lack(
        missing,
        "memory",
        pod.requests().memory(),
        node.requested().memory(),
        node.allocatable().memory());
    lack(
        missing,
        "ephemeral-storage",
        pod.requests().ephemeralStorage(),
        node.requested().ephemeralStorage(),
        node.allocatable().ephemeralStorage());
    pod.requests()
        .extended()
        .forEach(
            (name, amount) ->
                lack(
                    missing,
                    name,
                    amount,
                    node.requested().extended().getOrDefault(name, 0L),
                    node.allocatable().extended().getOrDefault(name, 0L)));
    return missing;
  }

  private static void lack(
      List<String> missing, String name, long asked, long taken, long allocatable) {
    if (asked > 0 && asked > allocatable - taken) {
      missing.add("Insufficient " + name);
    }
  }
}
