package dev.mokha.controllers.replicas;

import dev.mokha.controllers.Pods;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which pods are missed least when there are too many: unbound before bound, pending before
 * running, not ready before ready, cheap by their deletion-cost annotation (KEP-2255), from nodes
 * with more of them, ready for a shorter time, restarted more often, younger.
 */
final class Ranking {
  private static final String COST = "controller.kubernetes.io/pod-deletion-cost";

  private Ranking() {}

  static List<Pod> leastMissed(List<Pod> pods, int count) {
    Map<String, Integer> onNode = new HashMap<>();
    pods.forEach(p -> onNode.merge(Pods.node(p), 1, Integer::sum));
    return pods.stream()
        .sorted(
            Comparator.comparing((Pod p) -> !Pods.node(p).isEmpty())
                .thenComparing(p -> rank(Pods.phase(p)))
                .thenComparing(Pods::isReady)
                .thenComparing(Ranking::cost)
                .thenComparing(p -> -onNode.get(Pods.node(p)))
                .thenComparing(Ranking::readySince, Comparator.reverseOrder())
                .thenComparing(p -> -restarts(p))
                .thenComparing(
                    p -> p.getMetadata().getCreationTimestamp(), Comparator.reverseOrder()))
        .limit(count)
        .toList();
  }

  private static int rank(String phase) {
    return switch (phase) {
      case "Pending" -> 0;
      case "Unknown" -> 1;
      default -> 2;
    };
  }

  private static int cost(Pod pod) {
    Map<String, String> annotations = pod.getMetadata().getAnnotations();
    String text = annotations == null ? null : annotations.get(COST);
    try {
      return text == null ? 0 : Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return 0; // refused at admission; an old object may still hold it
    }
  }

  private static String readySince(Pod pod) {
    return Pods.condition(pod, "Ready").map(PodCondition::getLastTransitionTime).orElse("");
  }

  private static int restarts(Pod pod) {
    return pod.getStatus() == null
        ? 0
        : pod.getStatus().getContainerStatuses().stream()
            .mapToInt(ContainerStatus::getRestartCount)
            .max()
            .orElse(0);
  }
}
