package dev.mokha.controllers.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RolloutTest {
  private static Deployment deployment(int replicas, String surge, String unavailable) {
    return new DeploymentBuilder()
        .withNewSpec()
        .withReplicas(replicas)
        .withNewStrategy()
        .withType("RollingUpdate")
        .withNewRollingUpdate()
        .withMaxSurge(value(surge))
        .withMaxUnavailable(value(unavailable))
        .endRollingUpdate()
        .endStrategy()
        .endSpec()
        .build();
  }

  private static IntOrString value(String text) {
    return text.endsWith("%") ? new IntOrString(text) : new IntOrString(Integer.parseInt(text));
  }

  private static ReplicaSet set(String name, int wanted, int available) {
    return new ReplicaSetBuilder()
        .withNewMetadata()
        .withName(name)
        .withUid(name)
        .withCreationTimestamp("2026-01-01T00:00:0" + name.length() + "Z")
        .endMetadata()
        .withNewSpec()
        .withReplicas(wanted)
        .endSpec()
        .withNewStatus()
        .withReplicas(wanted)
        .withAvailableReplicas(available)
        .endStatus()
        .build();
  }

  @Test
  void followsTheWorkedExample() {
    Deployment d = deployment(10, "25%", "25%");
    ReplicaSet old = set("old", 10, 10);
    ReplicaSet fresh = set("fresh", 0, 0);
    assertThat(Rollout.newReplicas(d, List.of(old, fresh), fresh)).isEqualTo(3);
    fresh = set("fresh", 3, 0);
    assertThat(Rollout.oldReplicas(d, List.of(old, fresh), fresh)).containsEntry(old, 8);
  }

  @Test
  void neverExceedsItsBoundsOnTheWayToTheEnd() {
    for (String[] bounds :
        new String[][] {{"0", "1"}, {"1", "0"}, {"25%", "25%"}, {"100%", "0"}, {"0%", "0%"}}) {
      roll(deployment(7, bounds[0], bounds[1]));
    }
  }

  /** Plays a rollout in which every pod becomes available one step after it was made. */
  private static void roll(Deployment d) {
    int old = 7;
    int fresh = 0;
    int freshAvailable = 0;
    int most = 7 + Rollout.maxSurge(d);
    int least = 7 - Rollout.maxUnavailable(d);
    for (int step = 0; step < 100 && !(old == 0 && freshAvailable == 7); step++) {
      ReplicaSet o = set("old", old, old);
      ReplicaSet f = set("fresh", fresh, freshAvailable);
      int up = Rollout.newReplicas(d, List.of(o, f), f);
      if (up != fresh) {
        fresh = up;
      } else {
        Map<ReplicaSet, Integer> next = Rollout.oldReplicas(d, List.of(o, f), f);
        if (next.isEmpty()) {
          freshAvailable = fresh;
        }
        old = next.getOrDefault(o, old);
      }
      assertThat(old + fresh).isLessThanOrEqualTo(most);
      assertThat(old + freshAvailable).isGreaterThanOrEqualTo(least);
    }
    assertThat(old).isZero();
    assertThat(freshAvailable).isEqualTo(7);
  }

  @Test
  void removesBrokenOldPodsFirst() {
    Deployment d = deployment(4, "1", "1");
    ReplicaSet broken = set("old", 2, 0);
    ReplicaSet good = set("older", 2, 2);
    ReplicaSet fresh = set("fresh", 1, 1);
    Map<ReplicaSet, Integer> next = Rollout.oldReplicas(d, List.of(broken, good, fresh), fresh);
    assertThat(next).containsEntry(broken, 0).doesNotContainKey(good);
  }

  @Test
  void scalesInProportionInTheMiddleOfARollout() {
    Deployment d = deployment(20, "5", "2");
    ReplicaSet old = set("old", 8, 8);
    ReplicaSet fresh = set("fresh", 5, 0);
    Map<ReplicaSet, Integer> before = new HashMap<>();
    before.put(old, 13);
    before.put(fresh, 13);
    Map<ReplicaSet, Integer> next =
        Rollout.proportional(d, new ArrayList<>(List.of(old, fresh)), before);
    assertThat(next.values().stream().mapToInt(i -> i).sum()).isEqualTo(25);
    assertThat(next.get(old)).isGreaterThan(next.get(fresh));
  }

  @Test
  void theHashChangesWithTheTemplateAndTheCollisionCountOnly() {
    Deployment a =
        new DeploymentBuilder()
            .withNewSpec()
            .withNewTemplate()
            .withNewSpec()
            .addNewContainer()
            .withImage("a")
            .endContainer()
            .endSpec()
            .endTemplate()
            .endSpec()
            .build();
    var template = a.getSpec().getTemplate();
    assertThat(Revisions.hash(template, 0))
        .hasSize(10)
        .isEqualTo(Revisions.hash(template, 0))
        .isNotEqualTo(Revisions.hash(template, 1));
  }
}
