package dev.mokha.scheduler;

import static java.util.Objects.requireNonNull;

import dev.mokha.scheduler.filter.Filters;
import dev.mokha.scheduler.filter.NodeFilter;
import dev.mokha.scheduler.filter.NodeFilter.Check;
import dev.mokha.scheduler.score.Scorers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * One decision: the nodes that can run a pod, and the best of them. In a large cluster it stops
 * looking when it has found enough, and begins the next search where it stopped, so that every node
 * has its turn.
 */
final class Placement {
  private static final int ALWAYS_ENOUGH = 100;

  private final List<Scorers.Weighted> scorers;
  private int start;

  /**
   * The decision.
   *
   * @param node the node's name; null when none fits
   * @param why what users read when none fits
   */
  record Result(String node, String why) {}

  Placement(List<Scorers.Weighted> scorers) {
    this.scorers = requireNonNull(scorers, "scorers");
  }

  Result place(PodDemand pod, ClusterState cluster) {
    List<NodeState> nodes = cluster.nodes();
    List<Check> checks = new ArrayList<>(Filters.ALL.size());
    for (NodeFilter filter : Filters.ALL) {
      Check check = filter.prepare(pod, cluster);
      if (check != Check.ALL) {
        checks.add(check);
      }
    }
    int enough = enough(nodes.size());
    List<NodeState> fit = new ArrayList<>(Math.min(enough, nodes.size()));
    Map<String, Integer> reasons = new TreeMap<>();
    int looked = 0;
    while (looked < nodes.size() && fit.size() < enough) {
      NodeState node = nodes.get((start + looked++) % nodes.size());
      List<String> unfit = unfit(checks, node);
      if (unfit.isEmpty()) {
        fit.add(node);
      } else {
        unfit.forEach(r -> reasons.merge(r, 1, Integer::sum));
      }
    }
    start = nodes.isEmpty() ? 0 : (start + looked) % nodes.size();
    if (fit.isEmpty()) {
      return new Result(null, explain(nodes.size(), reasons));
    }
    return new Result(best(pod, fit, cluster).name(), "");
  }

  /** Half of a hundred nodes, fewer of more, a twentieth at least; never fewer than a hundred. */
  private static int enough(int nodes) {
    if (nodes <= ALWAYS_ENOUGH) {
      return nodes;
    }
    int percent = Math.max(5, 50 - nodes / 125);
    return Math.max(ALWAYS_ENOUGH, nodes * percent / 100);
  }

  private static List<String> unfit(List<Check> checks, NodeState node) {
    for (Check check : checks) {
      List<String> reasons = check.unfit(node);
      if (!reasons.isEmpty()) {
        return reasons;
      }
    }
    return List.of();
  }

  private NodeState best(PodDemand pod, List<NodeState> fit, ClusterState cluster) {
    if (fit.size() == 1) {
      return fit.get(0);
    }
    double[] total = new double[fit.size()];
    for (Scorers.Weighted w : scorers) {
      double[] scores = w.scorer().score(pod, fit, cluster);
      if (scores != null) {
        for (int i = 0; i < total.length; i++) {
          total[i] += w.weight() * scores[i];
        }
      }
    }
    int best = 0;
    for (int i = 1; i < total.length; i++) {
      if (total[i] > total[best]) {
        best = i;
      }
    }
    return fit.get(best);
  }

  private static String explain(int nodes, Map<String, Integer> reasons) {
    if (nodes == 0) {
      return "no nodes available to schedule pods";
    }
    String list =
        reasons.entrySet().stream()
            .map(e -> e.getValue() + " " + e.getKey())
            .collect(Collectors.joining(", "));
    return "0/%d nodes are available: %s.".formatted(nodes, list);
  }
}
