package dev.mokha.controllers.deployment;

import static java.util.Objects.requireNonNull;

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
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentCondition;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Rolling updates, recreation, pause, proportional scaling, history, and status. */
public final class DeploymentController {
  private final ResourceClient<Deployment> deployments;
  private final ResourceClient<ReplicaSet> sets;
  private final Informer<Deployment> deploymentInformer;
  private final Informer<ReplicaSet> setInformer;
  private final Informer<Pod> pods;
  private final NewestSet newest;
  private final SetScaling scaling;

  private DeploymentController(ApiClient client, Informers informers) {
    requireNonNull(client, "client");
    this.deployments = ResourceClient.of(client, Kinds.DEPLOYMENT);
    this.sets = ResourceClient.of(client, Kinds.REPLICA_SET);
    this.deploymentInformer = informers.get(Kinds.DEPLOYMENT);
    this.setInformer = informers.get(Kinds.REPLICA_SET);
    this.pods = informers.get(Kinds.POD);
    EventRecorder events = EventRecorder.of(client, "deployment-controller", "");
    this.newest = new NewestSet(deployments, sets, events);
    this.scaling = new SetScaling(sets, events);
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
      scaling.inProportion(d, all, fresh);
      return writeStatus(d, all, fresh, now);
    }
    if (SetScaling.isResized(d, all)) {
      scaling.inProportion(d, all, fresh);
      return writeStatus(d, all, fresh, now);
    }
    boolean oldPodsLeft = Rollout.isRecreate(d) && recreateHasOldPods(d, all, fresh);
    if (Rollout.isRecreate(d)) {
      for (ReplicaSet set : all) {
        if (set != fresh && Rollout.wanted(set) > 0) {
          scaling.scale(d, set, 0);
        }
      }
      if (oldPodsLeft) {
        return writeStatus(d, all, fresh, now);
      }
    }
    if (fresh == null) {
      fresh = newest.create(d, all);
      all = new ArrayList<>(all);
      all.add(fresh);
    } else {
      fresh = newest.number(d, all, fresh);
    }
    scaling.roll(d, all, fresh);
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
