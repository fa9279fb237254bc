package dev.mokha.controllers;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What control loops ask of a pod. */
public final class Pods {
  private Pods() {}

  /** The condition of that type. */
  public static Optional<PodCondition> condition(Pod pod, String type) {
    return pod.getStatus() == null || pod.getStatus().getConditions() == null
        ? Optional.empty()
        : pod.getStatus().getConditions().stream()
            .filter(c -> type.equals(c.getType()))
            .findFirst();
  }

  /** Whether it is Ready. */
  public static boolean isReady(Pod pod) {
    return condition(pod, "Ready").filter(c -> "True".equals(c.getStatus())).isPresent();
  }

  /** How long until it has been Ready for that time; zero when it has, empty when it is not. */
  public static Optional<Duration> untilAvailable(Pod pod, Duration minReady, Instant now) {
    Optional<PodCondition> ready =
        condition(pod, "Ready").filter(c -> "True".equals(c.getStatus()));
    if (ready.isEmpty()) {
      return Optional.empty();
    }
    if (minReady.isZero() || ready.get().getLastTransitionTime() == null) {
      return Optional.of(Duration.ZERO);
    }
    Duration left =
        Duration.between(now, Instant.parse(ready.get().getLastTransitionTime()).plus(minReady));
    return Optional.of(left.isNegative() ? Duration.ZERO : left);
  }

  /** Whether its containers have ended for good. */
  public static boolean isOver(Pod pod) {
    return phase(pod).equals("Succeeded") || phase(pod).equals("Failed");
  }

  /** Whether it is neither over nor being deleted. */
  public static boolean isActive(Pod pod) {
    return !isOver(pod) && pod.getMetadata().getDeletionTimestamp() == null;
  }

  /** Its phase; empty when it has none. */
  public static String phase(Pod pod) {
    String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
    return phase == null ? "" : phase;
  }

  /** The node it is bound to; empty when it is not. */
  public static String node(Pod pod) {
    String node = pod.getSpec().getNodeName();
    return node == null ? "" : node;
  }
}
