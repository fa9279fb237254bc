package dev.mokha.controllers.deployment;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.ApiClient.PatchType;
import dev.mokha.client.Kinds;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.Typed;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.controller.EventRecorder;
import dev.mokha.client.controller.Reconciler.Key;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import dev.mokha.client.match.Selectors;
import dev.mokha.controllers.Owners;
import dev.mokha.controllers.Pods;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentCondition;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Rolling updates, recreation, pause, proportional scaling, history, and status. */
public final class DeploymentController {
  private final ResourceClient<Deployment> deployments;
  private final ResourceClient<ReplicaSet> sets;
  private final Informer<Deployment> deploymentInformer;
  private final Informer<ReplicaSet> setInformer;
  private final Informer<Pod> pods;
  private final EventRecorder events;

  private DeploymentController(ApiClient client, Informers informers) {
    requireNonNull(client, "client");
    this.deployments = ResourceClient.of(client, Kinds.DEPLOYMENT);
    this.sets = ResourceClient.of(client, Kinds.REPLICA_SET);
    this.deploymentInformer = informers.get(Kinds.DEPLOYMENT);
    this.setInformer = informers.get(Kinds.REPLICA_SET);
    this.pods = informers.get(Kinds.POD);
    this.events = EventRecorder.of(client, "deployment-controller", "");
  }

  /** Starts the loop. */
  public static Controller start(ApiClient client, Informers informers) {
    DeploymentController c = new DeploymentController(client, informers);
    return Controller.create("deployment-controller", 5, c::reconcile)
        .watch(c.deploymentInformer)
        .watch(c.setInformer, c::deploymentsOf)
        .watch(c.pods, c::recreatedBy)
        .start();
  }

  private List<Key> deploymentsOf(ReplicaSet set) {
    String namespace = set.getMetadata().getNamespace();
    return Owners.controllerOf(set)
        .map(
            o ->
                o.getKind().equals("Deployment")
                    ? List.of(new Key(namespace, o.getName()))
                    : List.<Key>of())
        .orElseGet(
            () ->
                deploymentInformer.list(namespace).stream()
                    .filter(d -> selects(d, set))
                    .map(d -> new Key(namespace, d.getMetadata().getName()))
                    .toList());
  }

  /** A Recreate deployment waits until the last old pod is gone, which no ReplicaSet shows. */
  private List<Key> recreatedBy(Pod pod) {
    String namespace = pod.getMetadata().getNamespace();
    return Owners.controllerOf(pod)
        .filter(o -> o.getKind().equals("ReplicaSet"))
        .flatMap(o -> setInformer.find(namespace, o.getName()))
        .flatMap(Owners::controllerOf)
        .flatMap(o -> deploymentInformer.find(namespace, o.getName()))
        .filter(Rollout::isRecreate)
        .map(d -> List.of(new Key(namespace, d.getMetadata().getName())))
        .orElse(List.of());
  }

  private static boolean selects(Deployment d, ReplicaSet set) {
    return Selectors.matches(d.getSpec().getSelector(), set.getMetadata().getLabels());
  }

  private Optional<Duration> reconcile(Key key) {
    Optional<Deployment> found = deploymentInformer.find(key.namespace(), key.name());
    if (found.isEmpty()) {
      return Optional.empty();
    }
    Deployment d = found.get();
    List<ReplicaSet> all = claim(d);
    Instant now = Instant.now();
    ReplicaSet fresh =
        all.stream()
            .filter(s -> Revisions.same(s.getSpec().getTemplate(), d.getSpec().getTemplate()))
            .min(Rollout.AGE)
            .orElse(null);
    if (d.getMetadata().getDeletionTimestamp() != null) {
      return writeStatus(d, all, fresh, now);
    }
    if (Boolean.TRUE.equals(d.getSpec().getPaused())) {
      scaleInProportion(d, all, fresh);
      return writeStatus(d, all, fresh, now);
    }
    if (isScaling(d, all)) {
      scaleInProportion(d, all, fresh);
      return writeStatus(d, all, fresh, now);
    }
    boolean oldPodsLeft = Rollout.isRecreate(d) && recreateHasOldPods(d, all, fresh);
    if (Rollout.isRecreate(d)) {
      for (ReplicaSet set : all) {
        if (set != fresh && Rollout.wanted(set) > 0) {
          scale(d, set, 0);
        }
      }
      if (oldPodsLeft) {
        return writeStatus(d, all, fresh, now);
      }
    }
    if (fresh == null) {
      fresh = createSet(d, all);
      all = new ArrayList<>(all);
      all.add(fresh);
    } else {
      fresh = adoptRevision(d, all, fresh);
    }
    roll(d, all, fresh);
    cleanUp(d, all, fresh);
    return writeStatus(d, all, fresh, now);
  }

  private boolean recreateHasOldPods(Deployment d, List<ReplicaSet> all, ReplicaSet fresh) {
    for (ReplicaSet set : all) {
      if (set == fresh) {
        continue;
      }
      if (Rollout.wanted(set) > 0) {
        return true;
      }
      for (Pod pod : pods.list(d.getMetadata().getNamespace())) {
        if (Owners.controls(set, pod) && !Pods.isOver(pod)) {
          return true;
        }
      }
    }
    return false;
  }

  private List<ReplicaSet> claim(Deployment d) {
    List<ReplicaSet> own = new ArrayList<>();
    for (ReplicaSet set : setInformer.list(d.getMetadata().getNamespace())) {
      if (Owners.controls(d, set)) {
        if (selects(d, set)) {
          own.add(set);
        } else if (set.getMetadata().getDeletionTimestamp() == null) {
          patchOwner(set, d, false);
        }
      } else if (Owners.controllerOf(set).isEmpty()
          && set.getMetadata().getDeletionTimestamp() == null
          && d.getMetadata().getDeletionTimestamp() == null
          && selects(d, set)) {
        own.add(patchOwner(set, d, true));
      }
    }
    return own;
  }

  private ReplicaSet patchOwner(ReplicaSet set, Deployment d, boolean adopt) {
    ObjectNode patch = Json.MAPPER.createObjectNode();
    ObjectNode meta = patch.putObject("metadata").put("uid", set.getMetadata().getUid());
    if (adopt) {
      meta.putArray("ownerReferences").add(Typed.tree(Owners.reference(d)));
    } else {
      meta.putArray("ownerReferences")
          .addObject()
          .put("$patch", "delete")
          .put("uid", d.getMetadata().getUid());
    }
    return sets.patch(
        set.getMetadata().getNamespace(),
        set.getMetadata().getName(),
        "",
        PatchType.STRATEGIC,
        patch);
  }

  private ReplicaSet createSet(Deployment d, List<ReplicaSet> all) {
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
  private ReplicaSet adoptRevision(Deployment d, List<ReplicaSet> all, ReplicaSet fresh) {
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

  private void roll(Deployment d, List<ReplicaSet> all, ReplicaSet fresh) {
    if (Rollout.wanted(fresh) > Rollout.wanted(d)) {
      scale(d, fresh, Rollout.wanted(d));
      return;
    }
    int up = Rollout.newReplicas(d, all, fresh);
    if (up != Rollout.wanted(fresh)) {
      scale(d, fresh, up);
      return; // its status event brings us back for the old ones
    }
    if (!Rollout.isRecreate(d)) {
      Rollout.oldReplicas(d, all, fresh).forEach((set, replicas) -> scale(d, set, replicas));
    }
  }

  /** Whether the Deployment's size changed since its sets were scaled last. */
  private static boolean isScaling(Deployment d, List<ReplicaSet> all) {
    return all.stream()
        .filter(s -> Rollout.wanted(s) > 0)
        .anyMatch(
            s ->
                s.getMetadata().getAnnotations() != null
                    && s.getMetadata().getAnnotations().containsKey(Revisions.DESIRED)
                    && Revisions.number(s, Revisions.DESIRED) != Rollout.wanted(d));
  }

  private void scaleInProportion(Deployment d, List<ReplicaSet> all, ReplicaSet fresh) {
    List<ReplicaSet> active = all.stream().filter(s -> Rollout.wanted(s) > 0).toList();
    ReplicaSet only = active.size() == 1 ? active.getFirst() : active.isEmpty() ? fresh : null;
    if (only != null) {
      scale(d, only, Rollout.wanted(d));
      return;
    }
    boolean saturated =
        fresh != null
            && Rollout.wanted(fresh) == Rollout.wanted(d)
            && Rollout.available(fresh) == Rollout.wanted(d);
    if (saturated) {
      active.stream().filter(s -> s != fresh).forEach(s -> scale(d, s, 0));
      return;
    }
    if (Rollout.isRecreate(d) || active.isEmpty()) {
      return;
    }
    Map<ReplicaSet, Integer> before = new HashMap<>();
    active.forEach(s -> before.put(s, (int) Revisions.number(s, Revisions.MAX)));
    Map<ReplicaSet, Integer> shares = Rollout.proportional(d, active, before);
    // Sets whose share did not change still learn the new size, or they would be scaled for ever.
    active.forEach(s -> scale(d, s, shares.getOrDefault(s, Rollout.wanted(s))));
  }

  /** Scales a set and notes the Deployment's size on it, in one patch; none if nothing changes. */
  private void scale(Deployment d, ReplicaSet set, int next) {
    int now = Rollout.wanted(set);
    Map<String, String> annotations =
        new HashMap<>(Objects.requireNonNullElse(set.getMetadata().getAnnotations(), Map.of()));
    annotations.put(Revisions.DESIRED, Integer.toString(Rollout.wanted(d)));
    annotations.put(Revisions.MAX, Integer.toString(Rollout.wanted(d) + Rollout.maxSurge(d)));
    if (next == now && annotations.equals(set.getMetadata().getAnnotations())) {
      return;
    }
    ObjectNode patch = Json.MAPPER.createObjectNode();
    ObjectNode meta = patch.putObject("metadata");
    meta.put("uid", set.getMetadata().getUid());
    ObjectNode notes = meta.putObject("annotations");
    notes.put(Revisions.DESIRED, annotations.get(Revisions.DESIRED));
    notes.put(Revisions.MAX, annotations.get(Revisions.MAX));
    if (next != now) {
      meta.put("resourceVersion", set.getMetadata().getResourceVersion());
      patch.putObject("spec").put("replicas", next);
    }
    sets.patch(
        set.getMetadata().getNamespace(), set.getMetadata().getName(), "", PatchType.MERGE, patch);
    if (next != now) {
      events.normal(
          d,
          "ScalingReplicaSet",
          "Scaled %s replica set %s from %d to %d"
              .formatted(next > now ? "up" : "down", set.getMetadata().getName(), now, next));
    }
  }

  private void cleanUp(Deployment d, List<ReplicaSet> all, ReplicaSet fresh) {
    Integer limit = d.getSpec().getRevisionHistoryLimit();
    if (limit == null
        || d.getStatus() == null
        || !DeploymentStatuses.isComplete(d, d.getStatus())) {
      return;
    }
    List<ReplicaSet> old =
        all.stream()
            .filter(s -> !s.getMetadata().getUid().equals(fresh.getMetadata().getUid()))
            .filter(s -> s.getMetadata().getDeletionTimestamp() == null)
            .filter(s -> Rollout.wanted(s) == 0 && Rollout.existing(s) == 0)
            .sorted((a, b) -> Long.compare(Revisions.revision(a), Revisions.revision(b)))
            .toList();
    for (int i = 0; i < old.size() - limit; i++) {
      ReplicaSet set = old.get(i);
      sets.delete(
          set.getMetadata().getNamespace(),
          set.getMetadata().getName(),
          DeleteOptions.uid(set.getMetadata().getUid()));
    }
  }

  private Optional<Duration> writeStatus(
      Deployment d, List<ReplicaSet> all, ReplicaSet fresh, Instant now) {
    DeploymentStatus status = DeploymentStatuses.of(d, all, fresh, now);
    status = withPause(d, status);
    DeploymentStatuses.changed(d, status).ifPresent(deployments::updateStatus);
    return DeploymentStatuses.untilDeadline(d, status, now);
  }

  private static DeploymentStatus withPause(Deployment d, DeploymentStatus status) {
    boolean paused = Boolean.TRUE.equals(d.getSpec().getPaused());
    List<DeploymentCondition> conditions = new ArrayList<>(status.getConditions());
    Optional<DeploymentCondition> progressing =
        conditions.stream().filter(c -> c.getType().equals("Progressing")).findFirst();
    boolean saysPaused =
        progressing.filter(c -> "DeploymentPaused".equals(c.getReason())).isPresent();
    if (d.getSpec().getProgressDeadlineSeconds() == null || paused == saysPaused) {
      return status;
    }
    if (paused
        && progressing.filter(c -> "ProgressDeadlineExceeded".equals(c.getReason())).isPresent()) {
      return status;
    }
    DeploymentStatuses.set(
        conditions,
        "Progressing",
        "Unknown",
        paused ? "DeploymentPaused" : "DeploymentResumed",
        paused ? "Deployment is paused" : "Deployment is resumed",
        true);
    status.setConditions(conditions);
    return status;
  }
}
