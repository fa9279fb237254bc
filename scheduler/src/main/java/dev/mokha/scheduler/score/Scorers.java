package dev.mokha.scheduler.score;

import dev.mokha.scheduler.Amounts;
import dev.mokha.scheduler.ClusterState;
import dev.mokha.scheduler.NodeState;
import dev.mokha.scheduler.PodDemand;
import dev.mokha.scheduler.Terms;
import io.fabric8.kubernetes.api.model.NodeAffinity;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PodAffinity;
import io.fabric8.kubernetes.api.model.PodAntiAffinity;
import io.fabric8.kubernetes.api.model.PreferredSchedulingTerm;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import io.fabric8.kubernetes.api.model.WeightedPodAffinityTerm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** All scorers with their weights, which are those of upstream's default profile. */
public final class Scorers {
  /** A scorer and how much it counts. */
  public record Weighted(NodeScorer scorer, double weight) {}

  /** All of them. */
  public static final List<Weighted> ALL =
      List.of(
          new Weighted(Scorers::leastAllocated, 1),
          new Weighted(Scorers::balanced, 1),
          new Weighted(Scorers::preferredNodes, 2),
          new Weighted(Scorers::preferredPods, 2),
          new Weighted(Scorers::softTaints, 3),
          new Weighted(Scorers::spread, 2));

  private static final double MAX = 100;

  private Scorers() {}

  private static double[] each(List<NodeState> fit, ToDoubleFunction<NodeState> of) {
    double[] scores = new double[fit.size()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = of.applyAsDouble(fit.get(i));
    }
    return scores;
  }

  /** Scales so that the best has 100; turned round, so that the least has 100. */
  private static double[] scaled(double[] raw, boolean leastIsBest) {
    double min = Arrays.stream(raw).min().orElse(0);
    double max = Arrays.stream(raw).max().orElse(0);
    if (max == min) {
      return null;
    }
    for (int i = 0; i < raw.length; i++) {
      double share = (raw[i] - min) / (max - min);
      raw[i] = MAX * (leastIsBest ? 1 - share : share);
    }
    return raw;
  }

  private static double share(long asked, long allocatable) {
    return allocatable == 0 ? 1 : Math.min(1, (double) asked / allocatable);
  }

  private static double[] leastAllocated(PodDemand pod, List<NodeState> fit, ClusterState c) {
    return each(
        fit,
        node -> {
          Amounts sum = node.scored().plus(pod.scored());
          double cpu = 1 - share(sum.milliCpu(), node.allocatable().milliCpu());
          double memory = 1 - share(sum.memory(), node.allocatable().memory());
          return MAX * (cpu + memory) / 2;
        });
  }

  private static double[] balanced(PodDemand pod, List<NodeState> fit, ClusterState c) {
    return each(
        fit,
        node -> {
          Amounts sum = node.requested().plus(pod.requests());
          double cpu = share(sum.milliCpu(), node.allocatable().milliCpu());
          double memory = share(sum.memory(), node.allocatable().memory());
          return MAX * (1 - Math.abs(cpu - memory) / 2);
        });
  }

  private static double[] preferredNodes(PodDemand pod, List<NodeState> fit, ClusterState c) {
    NodeAffinity affinity = pod.affinity() == null ? null : pod.affinity().getNodeAffinity();
    if (affinity == null
        || affinity.getPreferredDuringSchedulingIgnoredDuringExecution().isEmpty()) {
      return null;
    }
    return scaled(
        each(
            fit,
            node -> {
              double sum = 0;
              for (PreferredSchedulingTerm t :
                  affinity.getPreferredDuringSchedulingIgnoredDuringExecution()) {
                sum += Terms.matches(t.getPreference(), node) ? t.getWeight() : 0;
              }
              return sum;
            }),
        false);
  }

  private static double[] softTaints(PodDemand pod, List<NodeState> fit, ClusterState c) {
    return scaled(
        each(
            fit,
            node -> {
              int n = 0;
              for (Taint t : node.taints()) {
                if (t.getEffect().equals("PreferNoSchedule") && !Terms.tolerates(pod.pod(), t)) {
                  n++;
                }
              }
              return n;
            }),
        true);
  }

  private static double[] preferredPods(PodDemand pod, List<NodeState> fit, ClusterState cluster) {
    if (pod.affinity() == null) {
      return null;
    }
    PodAffinity together = pod.affinity().getPodAffinity();
    PodAntiAffinity apart = pod.affinity().getPodAntiAffinity();
    List<WeightedPodAffinityTerm> terms = new ArrayList<>();
    List<Integer> signs = new ArrayList<>();
    if (together != null) {
      together
          .getPreferredDuringSchedulingIgnoredDuringExecution()
          .forEach(
              t -> {
                terms.add(t);
                signs.add(1);
              });
    }
    if (apart != null) {
      apart
          .getPreferredDuringSchedulingIgnoredDuringExecution()
          .forEach(
              t -> {
                terms.add(t);
                signs.add(-1);
              });
    }
    if (terms.isEmpty()) {
      return null;
    }
    double[] sums = new double[fit.size()];
    for (int t = 0; t < terms.size(); t++) {
      WeightedPodAffinityTerm term = terms.get(t);
      String key = term.getPodAffinityTerm().getTopologyKey();
      Map<String, Integer> matching = new HashMap<>();
      for (NodeState node : cluster.nodes()) {
        String domain = node.labels().get(key);
        if (domain == null) {
          continue;
        }
        for (PodDemand other : node.pods()) {
          if (Terms.matches(term.getPodAffinityTerm(), pod.namespace(), other, cluster)) {
            matching.merge(domain, 1, Integer::sum);
          }
        }
      }
      for (int i = 0; i < sums.length; i++) {
        String domain = fit.get(i).labels().get(key);
        int found = domain == null ? 0 : matching.getOrDefault(domain, 0);
        sums[i] += signs.get(t) * term.getWeight() * found;
      }
    }
    return scaled(sums, false);
  }

  /**
   * Spreads the pods of one owner, or those that the pod's soft constraints name, over nodes and
   * zones.
   */
  private static double[] spread(PodDemand pod, List<NodeState> fit, ClusterState cluster) {
    List<TopologySpreadConstraint> soft = new ArrayList<>();
    for (TopologySpreadConstraint c : pod.pod().getSpec().getTopologySpreadConstraints()) {
      if ("ScheduleAnyway".equals(c.getWhenUnsatisfiable())) {
        soft.add(c);
      }
    }
    if (!soft.isEmpty()) {
      return spreadBy(soft, pod, fit, cluster);
    }
    String owner = owner(pod);
    if (owner == null || fit.size() < 2) {
      return null;
    }
    return scaled(
        each(fit, node -> node.pods().stream().filter(o -> owner.equals(owner(o))).count()), true);
  }

  private static String owner(PodDemand pod) {
    for (OwnerReference o : pod.pod().getMetadata().getOwnerReferences()) {
      if (Boolean.TRUE.equals(o.getController())) {
        return o.getUid();
      }
    }
    return null;
  }

  private static double[] spreadBy(
      List<TopologySpreadConstraint> soft,
      PodDemand pod,
      List<NodeState> fit,
      ClusterState cluster) {
    double[] sums = new double[fit.size()];
    for (TopologySpreadConstraint c : soft) {
      Map<String, Integer> counts = new HashMap<>();
      for (NodeState node : cluster.nodes()) {
        String domain = node.labels().get(c.getTopologyKey());
        if (domain == null) {
          continue;
        }
        for (PodDemand other : node.pods()) {
          if (other.namespace().equals(pod.namespace())
              && Terms.matches(c.getLabelSelector(), other.labels())) {
            counts.merge(domain, 1, Integer::sum);
          }
        }
      }
      for (int i = 0; i < sums.length; i++) {
        String domain = fit.get(i).labels().get(c.getTopologyKey());
        sums[i] += domain == null ? cluster.nodes().size() : counts.getOrDefault(domain, 0);
      }
    }
    return scaled(sums, true);
  }
}
