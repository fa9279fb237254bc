package dev.mokha.scheduler.filter;

import dev.mokha.scheduler.ClusterState;
import dev.mokha.scheduler.NodeState;
import dev.mokha.scheduler.PodDemand;
import dev.mokha.scheduler.Terms;
import io.fabric8.kubernetes.api.model.PodAffinityTerm;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Required affinity and anti-affinity between pods, in both directions. */
final class InterPodAffinity implements NodeFilter {
  /** A label and the values of it that count. */
  private record Domains(String topologyKey, Set<String> values) {
    boolean contains(NodeState node) {
      String value = node.labels().get(topologyKey);
      return value != null && values.contains(value);
    }
  }

  @Override
  public Check prepare(PodDemand pod, ClusterState cluster) {
    List<PodAffinityTerm> wanted = pod.requiredAffinity();
    List<PodAffinityTerm> refused = pod.requiredAntiAffinity();
    if (wanted.isEmpty() && refused.isEmpty() && !cluster.hasAntiAffinity()) {
      return Check.ALL;
    }
    List<Domains> mustBeIn = wanted.stream().map(t -> domains(t, pod, cluster)).toList();
    List<Domains> mustNotBeIn = refused.stream().map(t -> domains(t, pod, cluster)).toList();
    List<Domains> keptFrom = keptFrom(pod, cluster);
    // The first pod of a group that wants to be together may go anywhere.
    boolean first =
        mustBeIn.stream().allMatch(d -> d.values().isEmpty())
            && wanted.stream().allMatch(t -> Terms.matches(t, pod.namespace(), pod, cluster));
    return node -> {
      if (!first && !mustBeIn.stream().allMatch(d -> d.contains(node))) {
        return List.of("node(s) didn't match pod affinity rules");
      }
      if (first && !wanted.stream().allMatch(t -> node.labels().containsKey(t.getTopologyKey()))) {
        return List.of("node(s) didn't match pod affinity rules");
      }
      if (mustNotBeIn.stream().anyMatch(d -> d.contains(node))) {
        return List.of("node(s) didn't match pod anti-affinity rules");
      }
      return keptFrom.stream().anyMatch(d -> d.contains(node))
          ? List.of("node(s) didn't satisfy existing pods anti-affinity rules")
          : List.of();
    };
  }

  private static Domains domains(PodAffinityTerm term, PodDemand pod, ClusterState cluster) {
    Set<String> values = new HashSet<>();
    for (NodeState node : cluster.nodes()) {
      String value = node.labels().get(term.getTopologyKey());
      if (value != null
          && !values.contains(value)
          && node.pods().stream().anyMatch(o -> Terms.matches(term, pod.namespace(), o, cluster))) {
        values.add(value);
      }
    }
    return new Domains(term.getTopologyKey(), values);
  }

  private static List<Domains> keptFrom(PodDemand pod, ClusterState cluster) {
    List<Domains> all = new ArrayList<>();
    if (!cluster.hasAntiAffinity()) {
      return all;
    }
    for (NodeState node : cluster.nodes()) {
      if (!node.hasAntiAffinity()) {
        continue;
      }
      for (PodDemand other : node.pods()) {
        for (PodAffinityTerm term : other.requiredAntiAffinity()) {
          String value = node.labels().get(term.getTopologyKey());
          if (value != null && Terms.matches(term, other.namespace(), pod, cluster)) {
            all.add(new Domains(term.getTopologyKey(), Set.of(value)));
          }
        }
      }
    }
    return all;
  }
}
