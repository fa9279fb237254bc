package dev.mokha.controllers.deployment;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.controller.EventRecorder;
import dev.mokha.controllers.Owners;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The ReplicaSet of a Deployment's present template: how it is made, named and numbered. */
final class NewestSet {
  private final ResourceClient<Deployment> deployments;
  private final ResourceClient<ReplicaSet> sets;
  private final EventRecorder events;

  NewestSet(
      ResourceClient<Deployment> deployments,
      ResourceClient<ReplicaSet> sets,
      EventRecorder events) {
    this.deployments = requireNonNull(deployments, "deployments");
    this.sets = requireNonNull(sets, "sets");
    this.events = requireNonNull(events, "events");
  }

  /** Makes the set of the present template, with as many replicas as the strategy allows now. */
  ReplicaSet create(Deployment d, List<ReplicaSet> all) {
    int collisions =
        d.getStatus() == null
            ? 0
            : Objects.requireNonNullElse(d.getStatus().getCollisionCount(), 0);
    String hash = Revisions.hash(d.getSpec().getTemplate(), collisions);
    PodTemplateSpec template =
        new PodTemplateSpecBuilder(d.getSpec().getTemplate())
            .editOrNewMetadata()
            .addToLabels(Revisions.HASH_LABEL, hash)
            .endMetadata()
            .build();
    ReplicaSet set =
        new ReplicaSetBuilder()
            .withNewMetadata()
            .withName(d.getMetadata().getName() + "-" + hash)
            .withNamespace(d.getMetadata().getNamespace())
            .withLabels(template.getMetadata().getLabels())
            .withAnnotations(annotations(d, Revisions.next(all), Map.of()))
            .withOwnerReferences(Owners.reference(d))
            .endMetadata()
            .withNewSpec()
            .withMinReadySeconds(d.getSpec().getMinReadySeconds())
            .withSelector(
                new LabelSelectorBuilder(d.getSpec().getSelector())
                    .addToMatchLabels(Revisions.HASH_LABEL, hash)
                    .build())
            .withTemplate(template)
            .withReplicas(0)
            .endSpec()
            .build();
    int first = Rollout.newReplicas(d, all, set);
    set = new ReplicaSetBuilder(set).editSpec().withReplicas(first).endSpec().build();
    ReplicaSet created;
    try {
      created = sets.create(set);
    } catch (StatusException e) {
      if (e.isAlreadyExists()) {
        resolveNameClash(d, set);
      }
      throw e;
    }
    events.normal(
        d,
        "ScalingReplicaSet",
        "Scaled up replica set %s from 0 to %d".formatted(set.getMetadata().getName(), first));
    return created;
  }

  /** A set of that name that is not ours: another name next time. Ours: the copy lags. */
  private void resolveNameClash(Deployment d, ReplicaSet set) {
    ReplicaSet there = sets.get(set.getMetadata().getNamespace(), set.getMetadata().getName());
    if (Owners.controls(d, there)
        && Revisions.same(there.getSpec().getTemplate(), d.getSpec().getTemplate())) {
      return;
    }
    DeploymentStatus status = Objects.requireNonNullElseGet(d.getStatus(), DeploymentStatus::new);
    int collisions = Objects.requireNonNullElse(status.getCollisionCount(), 0);
    deployments.updateStatus(
        new DeploymentBuilder(d)
            .editOrNewStatus()
            .withCollisionCount(collisions + 1)
            .endStatus()
            .build());
  }

  private static Map<String, String> annotations(
      Deployment d, long revision, Map<String, String> before) {
    Map<String, String> all = new HashMap<>(before);
    Map<String, String> own = d.getMetadata().getAnnotations();
    if (own != null) {
      own.forEach(
          (k, v) -> {
            if (!k.equals("kubectl.kubernetes.io/last-applied-configuration")
                && !k.startsWith("deployment.kubernetes.io/")) {
              all.put(k, v);
            }
          });
    }
    all.put(Revisions.REVISION, Long.toString(revision));
    all.put(Revisions.DESIRED, Integer.toString(Rollout.wanted(d)));
    all.put(Revisions.MAX, Integer.toString(Rollout.wanted(d) + Rollout.maxSurge(d)));
    return all;
  }

  /** An existing set that is the newest again, after a rollback, gets the newest number. */
  ReplicaSet number(Deployment d, List<ReplicaSet> all, ReplicaSet fresh) {
    long highestOld =
        all.stream().filter(s -> s != fresh).mapToLong(Revisions::revision).max().orElse(0);
    long revision = Math.max(Revisions.revision(fresh), highestOld + 1);
    Map<String, String> before =
        Objects.requireNonNullElse(fresh.getMetadata().getAnnotations(), Map.of());
    Map<String, String> after = annotations(d, revision, before);
    boolean renumbered = revision != Revisions.revision(fresh) && Revisions.revision(fresh) != 0;
    if (renumbered) {
      String history = before.getOrDefault(Revisions.HISTORY, "");
      String last = Long.toString(Revisions.revision(fresh));
      after.put(Revisions.HISTORY, history.isEmpty() ? last : history + "," + last);
    }
    boolean minReady =
        !Objects.equals(fresh.getSpec().getMinReadySeconds(), d.getSpec().getMinReadySeconds());
    ReplicaSet result = fresh;
    if (!after.equals(before) || minReady) {
      result =
          sets.update(
              new ReplicaSetBuilder(fresh)
                  .editMetadata()
                  .withAnnotations(after)
                  .endMetadata()
                  .editSpec()
                  .withMinReadySeconds(d.getSpec().getMinReadySeconds())
                  .endSpec()
                  .build());
    }
    if (Revisions.revision(d) != revision) {
      numberDeployment(d, revision);
    }
    return replaceIn(all, fresh, result);
  }

  private static ReplicaSet replaceIn(List<ReplicaSet> all, ReplicaSet old, ReplicaSet by) {
    if (old != by) {
      all.replaceAll(s -> s == old ? by : s);
    }
    return by;
  }

  private void numberDeployment(Deployment d, long revision) {
    deployments.update(
        new DeploymentBuilder(d)
            .editMetadata()
            .addToAnnotations(Revisions.REVISION, Long.toString(revision))
            .endMetadata()
            .build());
  }
}
