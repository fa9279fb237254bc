package dev.mokha.controllers.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentCondition;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeploymentStatusesTest {
  private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.SECONDS);

  private static Deployment finishedLongAgo() {
    return new DeploymentBuilder()
        .withNewMetadata()
        .withName("web")
        .withGeneration(2L)
        .endMetadata()
        .withNewSpec()
        .withReplicas(2)
        .withProgressDeadlineSeconds(600)
        .endSpec()
        .withNewStatus()
        .withObservedGeneration(1L)
        .withReplicas(2)
        .withUpdatedReplicas(2)
        .withReadyReplicas(2)
        .withAvailableReplicas(2)
        .addNewCondition()
        .withType("Progressing")
        .withStatus("True")
        .withReason("NewReplicaSetAvailable")
        .withLastUpdateTime(NOW.minus(Duration.ofDays(1)).toString())
        .withLastTransitionTime(NOW.minus(Duration.ofDays(1)).toString())
        .endCondition()
        .endStatus()
        .build();
  }

  private static ReplicaSet set(String name, int replicas) {
    return new ReplicaSetBuilder()
        .withNewMetadata()
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withReplicas(replicas)
        .endSpec()
        .withNewStatus()
        .withReplicas(replicas)
        .withReadyReplicas(replicas)
        .withAvailableReplicas(replicas)
        .endStatus()
        .build();
  }

  private static DeploymentCondition progressing(DeploymentStatus status) {
    return status.getConditions().stream()
        .filter(c -> c.getType().equals("Progressing"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theDeadlineOfARolloutCountsFromItsBeginning() {
    Deployment d = finishedLongAgo();
    DeploymentStatus status =
        DeploymentStatuses.of(d, List.of(set("old", 2), set("fresh", 0)), set("fresh", 0), NOW);
    assertThat(progressing(status).getReason()).isEqualTo("ReplicaSetUpdated");
    assertThat(Instant.parse(progressing(status).getLastUpdateTime())).isAfterOrEqualTo(NOW);
    assertThat(DeploymentStatuses.untilDeadline(d, status, NOW))
        .hasValueSatisfying(left -> assertThat(left).isGreaterThan(Duration.ofSeconds(590)));
  }

  @Test
  void aRolloutThatStandsStillForTooLongHasTimedOut() {
    Deployment d = finishedLongAgo();
    List<ReplicaSet> sets = List.of(set("old", 2), set("fresh", 0));
    DeploymentStatus begun = DeploymentStatuses.of(d, sets, sets.get(1), NOW);
    Deployment later = new DeploymentBuilder(d).withStatus(begun).build();
    DeploymentStatus status = DeploymentStatuses.of(later, sets, sets.get(1), NOW.plusSeconds(700));
    assertThat(progressing(status).getReason()).isEqualTo("ProgressDeadlineExceeded");
    assertThat(progressing(status).getStatus()).isEqualTo("False");
  }

  @Test
  void aFinishedRolloutStaysFinishedWhenAPodFails() {
    Deployment d = finishedLongAgo();
    ReplicaSet set =
        new ReplicaSetBuilder(set("fresh", 2))
            .editStatus()
            .withAvailableReplicas(1)
            .endStatus()
            .build();
    DeploymentStatus status = DeploymentStatuses.of(d, List.of(set), set, NOW);
    assertThat(progressing(status).getReason()).isEqualTo("NewReplicaSetAvailable");
  }
}
