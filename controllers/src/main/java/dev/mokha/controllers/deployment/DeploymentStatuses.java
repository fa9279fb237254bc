package dev.mokha.controllers.deployment;

import dev.mokha.controllers.Stamp;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentCondition;
import io.fabric8.kubernetes.api.model.apps.DeploymentConditionBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** The status of a Deployment, worked out from its ReplicaSets. */
final class DeploymentStatuses {
  private DeploymentStatuses() {}

  /** The new status. */
  static DeploymentStatus of(Deployment d, List<ReplicaSet> all, ReplicaSet fresh, Instant now) {
    DeploymentStatus before = Objects.requireNonNullElseGet(d.getStatus(), DeploymentStatus::new);
    int replicas = all.stream().mapToInt(Rollout::existing).sum();
    int ready =
        all.stream()
            .mapToInt(s -> orZero(s.getStatus() == null ? null : s.getStatus().getReadyReplicas()))
            .sum();
    int available = all.stream().mapToInt(Rollout::available).sum();
    int updated = fresh == null ? 0 : Rollout.existing(fresh);
    int unavailable = Math.max(0, all.stream().mapToInt(Rollout::wanted).sum() - available);
    DeploymentStatus counted =
        new DeploymentStatusBuilder(before)
            .withObservedGeneration(d.getMetadata().getGeneration())
            .withReplicas(nullIfZero(replicas))
            .withUpdatedReplicas(nullIfZero(updated))
            .withReadyReplicas(nullIfZero(ready))
            .withAvailableReplicas(nullIfZero(available))
            .withUnavailableReplicas(nullIfZero(unavailable))
            .build();
    List<DeploymentCondition> conditions =
        new ArrayList<>(Objects.requireNonNullElse(before.getConditions(), List.of()));
    boolean enough = available >= Rollout.wanted(d) - Rollout.maxUnavailable(d);
    set(
        conditions,
        "Available",
        enough ? "True" : "False",
        enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
        enough
            ? "Deployment has minimum availability."
            : "Deployment does not have minimum availability.",
        false);
    progress(d, before, counted, fresh, conditions, now);
    Optional<String> failure =
        all.stream()
            .filter(s -> s.getStatus() != null && s.getStatus().getConditions() != null)
            .flatMap(s -> s.getStatus().getConditions().stream())
            .filter(c -> c.getType().equals("ReplicaFailure") && c.getStatus().equals("True"))
            .map(c -> c.getReason() + "\n" + c.getMessage())
            .findFirst();
    conditions.removeIf(c -> c.getType().equals("ReplicaFailure") && failure.isEmpty());
    failure.ifPresent(
        f -> {
          String[] parts = f.split("\n", 2);
          set(conditions, "ReplicaFailure", "True", parts[0], parts[1], false);
        });
    return new DeploymentStatusBuilder(counted).withConditions(conditions).build();
  }

  private static int orZero(Integer value) {
    return value == null ? 0 : value;
  }

  /** Absent stands for zero, as upstream writes it. */
  private static Integer nullIfZero(int value) {
    return value == 0 ? null : value;
  }

  /** Whether every replica is new and available. */
  static boolean isComplete(Deployment d, DeploymentStatus s) {
    int wanted = Rollout.wanted(d);
    return orZero(s.getUpdatedReplicas()) == wanted
        && orZero(s.getReplicas()) == wanted
        && orZero(s.getAvailableReplicas()) == wanted
        && s.getObservedGeneration() != null
        && s.getObservedGeneration() >= d.getMetadata().getGeneration();
  }

  private static void progress(
      Deployment d,
      DeploymentStatus before,
      DeploymentStatus after,
      ReplicaSet fresh,
      List<DeploymentCondition> conditions,
      Instant now) {
    Integer deadline = d.getSpec().getProgressDeadlineSeconds();
    if (deadline == null || deadline == Integer.MAX_VALUE) {
      conditions.removeIf(c -> c.getType().equals("Progressing"));
      return;
    }
    String name = fresh == null ? d.getMetadata().getName() : fresh.getMetadata().getName();
    String what = fresh == null ? "Deployment" : "ReplicaSet";
    Optional<DeploymentCondition> current = find(conditions, "Progressing");
    boolean wasComplete =
        current.filter(c -> "NewReplicaSetAvailable".equals(c.getReason())).isPresent();
    if (isComplete(d, after)) {
      set(
          conditions,
          "Progressing",
          "True",
          "NewReplicaSetAvailable",
          "%s \"%s\" has successfully progressed.".formatted(what, name),
          false);
    } else if (wasComplete
        && orZero(after.getUpdatedReplicas()) == orZero(before.getUpdatedReplicas())) {
      return; // a pod of a finished rollout failed: that is no rollout
    } else if (wasComplete || hasProgressed(before, after) || current.isEmpty()) {
      // The deadline counts from here; the end of the last rollout may be long ago.
      set(
          conditions,
          "Progressing",
          "True",
          "ReplicaSetUpdated",
          "%s \"%s\" is progressing.".formatted(what, name),
          true);
    } else if (timedOut(d, current.get(), now)) {
      set(
          conditions,
          "Progressing",
          "False",
          "ProgressDeadlineExceeded",
          "%s \"%s\" has timed out progressing.".formatted(what, name),
          false);
    }
  }

  private static boolean hasProgressed(DeploymentStatus before, DeploymentStatus after) {
    int oldBefore = orZero(before.getReplicas()) - orZero(before.getUpdatedReplicas());
    int oldAfter = orZero(after.getReplicas()) - orZero(after.getUpdatedReplicas());
    return orZero(after.getUpdatedReplicas()) > orZero(before.getUpdatedReplicas())
        || oldAfter < oldBefore
        || orZero(after.getReadyReplicas()) > orZero(before.getReadyReplicas())
        || orZero(after.getAvailableReplicas()) > orZero(before.getAvailableReplicas());
  }

  private static boolean timedOut(Deployment d, DeploymentCondition progressing, Instant now) {
    if ("ProgressDeadlineExceeded".equals(progressing.getReason())) {
      return true;
    }
    if (Boolean.TRUE.equals(d.getSpec().getPaused())
        || "DeploymentPaused".equals(progressing.getReason())) {
      return false;
    }
    return untilDeadline(d, progressing, now).isNegative();
  }

  private static Duration untilDeadline(Deployment d, DeploymentCondition p, Instant now) {
    return Duration.between(
        now,
        Instant.parse(p.getLastUpdateTime()).plusSeconds(d.getSpec().getProgressDeadlineSeconds()));
  }

  /** When to look whether the deadline is over; empty when no rollout is under way. */
  static Optional<Duration> untilDeadline(Deployment d, DeploymentStatus s, Instant now) {
    Integer deadline = d.getSpec().getProgressDeadlineSeconds();
    if (deadline == null || deadline == Integer.MAX_VALUE || isComplete(d, s)) {
      return Optional.empty();
    }
    return find(s.getConditions(), "Progressing")
        .filter(c -> "True".equals(c.getStatus()) && !"DeploymentPaused".equals(c.getReason()))
        .map(c -> untilDeadline(d, c, now).plusSeconds(1))
        .map(left -> left.isNegative() ? Duration.ofSeconds(1) : left);
  }

  private static Optional<DeploymentCondition> find(List<DeploymentCondition> all, String type) {
    return all.stream().filter(c -> c.getType().equals(type)).findFirst();
  }

  /** Sets a condition; its times move only when it changes, or always where a renewal counts. */
  static void set(
      List<DeploymentCondition> all,
      String type,
      String status,
      String reason,
      String message,
      boolean renew) {
    Optional<DeploymentCondition> old = find(all, type);
    if (!renew
        && old.filter(c -> c.getStatus().equals(status) && reason.equals(c.getReason()))
            .isPresent()) {
      return;
    }
    String now = Stamp.now();
    String since =
        old.filter(c -> c.getStatus().equals(status))
            .map(DeploymentCondition::getLastTransitionTime)
            .orElse(now);
    all.removeIf(c -> c.getType().equals(type));
    all.add(
        new DeploymentConditionBuilder()
            .withType(type)
            .withStatus(status)
            .withReason(reason)
            .withMessage(message)
            .withLastUpdateTime(now)
            .withLastTransitionTime(since)
            .build());
  }

  /** The Deployment with that status; empty when it has it. */
  static Optional<Deployment> changed(Deployment d, DeploymentStatus status) {
    return status.equals(d.getStatus())
        ? Optional.empty()
        : Optional.of(new DeploymentBuilder(d).withStatus(status).build());
  }
}
