package dev.mokha.controllers.deployment;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.RollingUpdateDeployment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How many replicas each ReplicaSet of a Deployment should have next. Pure functions of what is.
 *
 * <p>Example: 10 replicas, maxSurge 25 % (3, rounded up), maxUnavailable 25 % (2, rounded down). A
 * new ReplicaSet begins with 3, since 13 may be at once; the old one goes down to 8, since 8 must
 * be available; each pod that becomes available lets one more go and one more come.
 */
final class Rollout {
  private Rollout() {}

  /** Replicas a ReplicaSet wants. */
  static int wanted(ReplicaSet set) {
    return Objects.requireNonNullElse(set.getSpec().getReplicas(), 1);
  }

  /** Replicas a Deployment wants. */
  static int wanted(Deployment deployment) {
    return Objects.requireNonNullElse(deployment.getSpec().getReplicas(), 1);
  }

  static int available(ReplicaSet set) {
    return set.getStatus() == null
        ? 0
        : Objects.requireNonNullElse(set.getStatus().getAvailableReplicas(), 0);
  }

  static int existing(ReplicaSet set) {
    return set.getStatus() == null
        ? 0
        : Objects.requireNonNullElse(set.getStatus().getReplicas(), 0);
  }

  /** How many more than wanted there may be. */
  static int maxSurge(Deployment deployment) {
    RollingUpdateDeployment r = rolling(deployment);
    return r == null ? 0 : resolve(r.getMaxSurge(), wanted(deployment), true);
  }

  /** How many of those wanted may be missing; at least one where there may be no surge. */
  static int maxUnavailable(Deployment deployment) {
    RollingUpdateDeployment r = rolling(deployment);
    if (r == null || wanted(deployment) == 0) {
      return 0;
    }
    int most = resolve(r.getMaxUnavailable(), wanted(deployment), false);
    if (most == 0 && maxSurge(deployment) == 0) {
      return 1; // two percentages that both round to nothing would stand still for ever
    }
    return Math.min(most, wanted(deployment));
  }

  private static RollingUpdateDeployment rolling(Deployment deployment) {
    return isRecreate(deployment) || deployment.getSpec().getStrategy() == null
        ? null
        : deployment.getSpec().getStrategy().getRollingUpdate();
  }

  static boolean isRecreate(Deployment deployment) {
    return deployment.getSpec().getStrategy() != null
        && "Recreate".equals(deployment.getSpec().getStrategy().getType());
  }

  static int resolve(IntOrString value, int of, boolean up) {
    if (value == null) {
      return resolve(new IntOrString("25%"), of, up);
    }
    if (value.getStrVal() == null) {
      return value.getIntVal();
    }
    double share = Integer.parseInt(value.getStrVal().replace("%", "").strip()) * of / 100.0;
    return (int) (up ? Math.ceil(share) : Math.floor(share));
  }

  /** What the new ReplicaSet may have now. */
  static int newReplicas(Deployment deployment, List<ReplicaSet> all, ReplicaSet fresh) {
    int wanted = wanted(deployment);
    if (isRecreate(deployment)) {
      return wanted;
    }
    int total = all.stream().mapToInt(Rollout::wanted).sum();
    int room = wanted + maxSurge(deployment) - total;
    if (room <= 0) {
      return wanted(fresh);
    }
    return Math.min(wanted, wanted(fresh) + Math.min(room, wanted - wanted(fresh)));
  }

  /**
   * What the old ReplicaSets may have now, only those that change: first pods that are not
   * available go, oldest set first, then as many others as may be missed.
   */
  static Map<ReplicaSet, Integer> oldReplicas(
      Deployment deployment, List<ReplicaSet> all, ReplicaSet fresh) {
    List<ReplicaSet> old =
        all.stream().filter(s -> s != fresh && wanted(s) > 0).sorted(AGE).toList();
    Map<ReplicaSet, Integer> next = new LinkedHashMap<>();
    int minAvailable = wanted(deployment) - maxUnavailable(deployment);
    int total = all.stream().mapToInt(Rollout::wanted).sum();
    int newUnavailable = wanted(fresh) - available(fresh);
    int room = total - minAvailable - newUnavailable;
    for (ReplicaSet set : old) {
      int broken = Math.min(wanted(set) - available(set), room);
      if (broken > 0) {
        next.put(set, wanted(set) - broken);
        room -= broken;
      }
    }
    int available = all.stream().mapToInt(Rollout::available).sum();
    int spare = available - minAvailable;
    for (ReplicaSet set : old) {
      int now = next.getOrDefault(set, wanted(set));
      int go = Math.min(spare, now);
      if (go > 0) {
        next.put(set, now - go);
        spare -= go;
      }
    }
    return next;
  }

  /** Oldest first. */
  static final Comparator<ReplicaSet> AGE =
      Comparator.comparing((ReplicaSet s) -> s.getMetadata().getCreationTimestamp())
          .thenComparing(s -> s.getMetadata().getName());

  /**
   * Scales several sets at once in proportion to their sizes, when the Deployment's size changes in
   * the middle of a rollout or while it is paused.
   *
   * @param before the Deployment's size with surge when the sets were scaled last
   */
  static Map<ReplicaSet, Integer> proportional(
      Deployment deployment, List<ReplicaSet> sets, Map<ReplicaSet, Integer> before) {
    int total = sets.stream().mapToInt(Rollout::wanted).sum();
    int allowed = wanted(deployment) == 0 ? 0 : wanted(deployment) + maxSurge(deployment);
    int change = allowed - total;
    Map<ReplicaSet, Integer> next = new LinkedHashMap<>();
    if (change == 0) {
      return next;
    }
    List<ReplicaSet> order = new ArrayList<>(sets);
    // The largest take the rounding; among equals the newest when growing, the oldest when
    // shrinking.
    Comparator<ReplicaSet> bySize = Comparator.comparingInt((ReplicaSet s) -> -wanted(s));
    order.sort(bySize.thenComparing(change > 0 ? AGE.reversed() : AGE));
    int given = 0;
    for (ReplicaSet set : order) {
      int base = before.getOrDefault(set, total);
      int share =
          base == 0 ? 0 : (int) Math.round((double) wanted(set) * allowed / base) - wanted(set);
      share =
          change > 0
              ? Math.max(0, Math.min(share, change - given))
              : Math.min(0, Math.max(share, change - given));
      next.put(set, Math.max(0, wanted(set) + share));
      given += share;
    }
    if (given != change && !order.isEmpty()) {
      ReplicaSet first = order.getFirst();
      next.put(first, Math.max(0, next.get(first) + change - given));
    }
    return next;
  }
}
