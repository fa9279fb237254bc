package dev.mokha.scheduler;

import dev.mokha.client.match.Selectors;
import dev.mokha.client.match.Tolerations;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodAffinityTerm;
import io.fabric8.kubernetes.api.model.Taint;
import java.util.List;
import java.util.Map;

/** How the terms of tolerations, affinity and selectors are to be read. */
public final class Terms {
  private Terms() {}

  /** Whether the pod tolerates the taint. */
  public static boolean tolerates(Pod pod, Taint taint) {
    return Tolerations.tolerate(pod.getSpec().getTolerations(), taint);
  }

  /** Whether a node matches all expressions and fields of a term; an empty term matches nothing. */
  public static boolean matches(NodeSelectorTerm term, NodeState node) {
    if (term.getMatchExpressions().isEmpty() && term.getMatchFields().isEmpty()) {
      return false;
    }
    for (NodeSelectorRequirement r : term.getMatchExpressions()) {
      if (!Selectors.matches(r.getOperator(), r.getValues(), node.labels().get(r.getKey()))) {
        return false;
      }
    }
    for (NodeSelectorRequirement r : term.getMatchFields()) {
      if (!r.getKey().equals("metadata.name")
          || !Selectors.matches(r.getOperator(), r.getValues(), node.name())) {
        return false;
      }
    }
    return true;
  }

  /** Whether labels match a selector; null matches nothing, an empty one everything. */
  public static boolean matches(LabelSelector selector, Map<String, String> labels) {
    return Selectors.matches(selector, labels);
  }

  /**
   * Whether a pod is one that an affinity term speaks of.
   *
   * @param ownNamespace the namespace of the pod that has the term
   * @param cluster knows the namespaces' labels
   */
  public static boolean matches(
      PodAffinityTerm term, String ownNamespace, PodDemand other, ClusterState cluster) {
    boolean namespace;
    if (term.getNamespaceSelector() != null) {
      namespace =
          matches(term.getNamespaceSelector(), cluster.namespaceLabels(other.namespace()))
              || contains(term.getNamespaces(), other.namespace());
    } else if (term.getNamespaces() == null || term.getNamespaces().isEmpty()) {
      namespace = ownNamespace.equals(other.namespace());
    } else {
      namespace = term.getNamespaces().contains(other.namespace());
    }
    return namespace && matches(term.getLabelSelector(), other.labels());
  }

  private static boolean contains(List<String> list, String value) {
    return list != null && list.contains(value);
  }
}
