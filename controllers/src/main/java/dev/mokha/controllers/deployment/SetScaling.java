package dev.mokha.controllers.deployment;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.client.ApiClient.PatchType;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.controller.EventRecorder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/** Scales a Deployment's ReplicaSets, as {@link Rollout} reckons. */
final class SetScaling {
  private final ResourceClient<ReplicaSet> sets;
  private final EventRecorder events;

  SetScaling(ResourceClient<ReplicaSet> sets, EventRecorder events) {
    this.sets = requireNonNull(sets, "sets");
    this.events = requireNonNull(events, "events");
  }

  /** Whether the Deployment's size changed since its sets were scaled last. */
  static boolean isResized(Deployment d, List<ReplicaSet> all) {
    return all.stream()
        .filter(s -> Rollout.wanted(s) > 0)
        .anyMatch(
            s ->
                s.getMetadata().getAnnotations() != null
                    && s.getMetadata().getAnnotations().containsKey(Revisions.DESIRED)
                    && Revisions.number(s, Revisions.DESIRED) != Rollout.wanted(d));
  }

  /** Goes one step of a rolling update, or of a recreation whose old pods are gone. */
  void roll(Deployment d, List<ReplicaSet> all, ReplicaSet fresh) {
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

  /** Gives each set its share of the Deployment's new size. */
  void inProportion(Deployment d, List<ReplicaSet> all, ReplicaSet fresh) {
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
  void scale(Deployment d, ReplicaSet set, int next) {
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
}
