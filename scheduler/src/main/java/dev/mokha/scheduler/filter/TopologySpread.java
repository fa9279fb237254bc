package dev.mokha.scheduler.filter;

import dev.mokha.scheduler.ClusterState;
import dev.mokha.scheduler.NodeState;
import dev.mokha.scheduler.PodDemand;
import dev.mokha.scheduler.Terms;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Hard topology spread constraints (KEP-895). */
final class TopologySpread implements NodeFilter {
  @Override
  public Check prepare(PodDemand pod, ClusterState cluster) {
    List<Check> checks = new ArrayList<>();
    for (TopologySpreadConstraint c : pod.pod().getSpec().getTopologySpreadConstraints()) {
      if (!"ScheduleAnyway".equals(c.getWhenUnsatisfiable())) {
        checks.add(check(c, pod, cluster));
      }
    }
    if (checks.isEmpty()) {
      return Check.ALL;
    }
    return node ->
        checks.stream()
            .map(c -> c.unfit(node))
            .filter(r -> !r.isEmpty())
            .findFirst()
            .orElse(List.of());
  }

  private static Check check(TopologySpreadConstraint c, PodDemand pod, ClusterState cluster) {
    Map<String, Integer> counts = new HashMap<>();
    Check eligible = Filters.ALL.get(3).prepare(pod, cluster);
    for (NodeState node : cluster.nodes()) {
      String domain = node.labels().get(c.getTopologyKey());
      if (domain == null || !eligible.unfit(node).isEmpty()) {
        continue;
      }
      counts.merge(domain, matching(c, pod, node), Integer::sum);
    }
    boolean enough = c.getMinDomains() == null || counts.size() >= c.getMinDomains();
    int least = enough ? counts.values().stream().min(Integer::compare).orElse(0) : 0;
    int self = Terms.matches(c.getLabelSelector(), pod.labels()) ? 1 : 0;
    return node -> {
      String domain = node.labels().get(c.getTopologyKey());
      if (domain == null) {
        return List.of(
            "node(s) didn't match pod topology spread constraints (missing required label)");
      }
      return counts.getOrDefault(domain, 0) + self - least <= c.getMaxSkew()
          ? List.of()
          : List.of("node(s) didn't match pod topology spread constraints");
    };
  }

  static int matching(TopologySpreadConstraint c, PodDemand pod, NodeState node) {
    int n = 0;
    for (PodDemand other : node.pods()) {
      if (other.namespace().equals(pod.namespace())
          && other.pod().getMetadata().getDeletionTimestamp() == null
          && Terms.matches(c.getLabelSelector(), other.labels())) {
        n++;
      }
    }
    return n;
  }
}
