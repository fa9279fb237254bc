package dev.mokha.scheduler;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodAffinityTerm;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.List;
import java.util.Map;

/** How the terms of tolerations, affinity and selectors are to be read. */
public final class Terms {
  private Terms() {}

  /** Whether the pod tolerates the taint. */
  public static boolean tolerates(Pod pod, Taint taint) {
    List<Toleration> tolerations = pod.getSpec().getTolerations();
    if (tolerations == null) {
      return false;
    }
    for (Toleration t : tolerations) {
      if (tolerates(t, taint)) {
        return true;
      }
    }
    return false;
  }

  /** Whether one toleration covers the taint. */
  public static boolean tolerates(Toleration t, Taint taint) {
    if (isSet(t.getEffect()) && !t.getEffect().equals(taint.getEffect())) {
      return false;
    }
    if (isSet(t.getKey()) && !t.getKey().equals(taint.getKey())) {
      return false;
    }
    if ("Exists".equals(t.getOperator())) {
      return true;
    }
    // An empty key needs the operator Exists; validation sees to that.
    String value = t.getValue() == null ? "" : t.getValue();
    return isSet(t.getKey()) && value.equals(taint.getValue() == null ? "" : taint.getValue());
  }

  private static boolean isSet(String text) {
    return text != null && !text.isEmpty();
  }

  /** Whether a node matches all expressions and fields of a term; an empty term matches nothing. */
  public static boolean matches(NodeSelectorTerm term, NodeState node) {
    if (term.getMatchExpressions().isEmpty() && term.getMatchFields().isEmpty()) {
      return false;
    }
    for (NodeSelectorRequirement r : term.getMatchExpressions()) {
      if (!matches(r.getOperator(), r.getValues(), node.labels().get(r.getKey()))) {
        return false;
      }
    }
    for (NodeSelectorRequirement r : term.getMatchFields()) {
      if (!r.getKey().equals("metadata.name")
          || !matches(r.getOperator(), r.getValues(), node.name())) {
        return false;
      }
    }
    return true;
  }

  /** Whether labels match a selector; null matches nothing, an empty one everything. */
  public static boolean matches(LabelSelector selector, Map<String, String> labels) {
    if (selector == null) {
      return false;
    }
    if (selector.getMatchLabels() != null
        && !labels.entrySet().containsAll(selector.getMatchLabels().entrySet())) {
      return false;
    }
    for (LabelSelectorRequirement r : selector.getMatchExpressions()) {
      if (!matches(r.getOperator(), r.getValues(), labels.get(r.getKey()))) {
        return false;
      }
    }
    return true;
  }

  private static boolean matches(String operator, List<String> values, String actual) {
    return switch (operator) {
      case "In" -> actual != null && values.contains(actual);
      case "NotIn" -> actual == null || !values.contains(actual);
      case "Exists" -> actual != null;
      case "DoesNotExist" -> actual == null;
      case "Gt" -> compare(actual, values) > 0;
      case "Lt" -> compare(actual, values) < 0;
      default -> false;
    };
  }

  /** 0, which is neither, when one of them is no number. */
  private static int compare(String actual, List<String> values) {
    try {
      return actual == null
          ? 0
          : Long.compare(Long.parseLong(actual), Long.parseLong(values.get(0)));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /**
   * Whether a pod is one that an affinity term speaks of. The namespace selector is read as "all
   * namespaces" when it is empty; one with expressions is compared with the well-known name label
   * alone, since the scheduler keeps no namespaces.
   */
  public static boolean matches(PodAffinityTerm term, String ownNamespace, PodDemand other) {
    boolean namespace;
    if (term.getNamespaceSelector() != null) {
      namespace =
          matches(
                  term.getNamespaceSelector(),
                  Map.of("kubernetes.io/metadata.name", other.namespace()))
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
