package dev.mokha.controllers.nodes;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.ApiClient.PatchType;
import dev.mokha.client.Kinds;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.controller.EventRecorder;
import dev.mokha.client.controller.Reconciler.Key;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import dev.mokha.client.match.Tolerations;
import dev.mokha.controllers.Pods;
import dev.mokha.controllers.Stamp;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * Deletes pods that do not tolerate a NoExecute taint of their node: at once, or when the shortest
 * of their tolerations is over, counted from when the taint was added.
 */
public final class TaintEvictionController {
  private final ResourceClient<Pod> write;
  private final Informer<Pod> pods;
  private final Informer<Node> nodes;
  private final EventRecorder events;

  private TaintEvictionController(ApiClient client, Informers informers) {
    this.write = ResourceClient.of(requireNonNull(client, "client"), Kinds.POD);
    this.pods = informers.get(Kinds.POD);
    this.nodes = informers.get(Kinds.NODE);
    this.events = EventRecorder.of(client, "taint-eviction-controller", "");
  }

  /** Starts the loop. */
  public static Controller start(ApiClient client, Informers informers) {
    TaintEvictionController c = new TaintEvictionController(client, informers);
    return Controller.create("taint-eviction", 2, c::reconcile)
        .watch(c.pods, c::keysOf)
        .watch(c.nodes, c::podsOf)
        .start();
  }

  private List<Key> keysOf(Pod pod) {
    return nodes
        .find("", Pods.node(pod))
        .filter(n -> !noExecute(n).isEmpty())
        .map(n -> List.of(new Key(pod.getMetadata().getNamespace(), pod.getMetadata().getName())))
        .orElse(List.of());
  }

  private List<Key> podsOf(Node node) {
    if (noExecute(node).isEmpty()) {
      return List.of();
    }
    return pods.byIndex("node", node.getMetadata().getName()).stream()
        .map(p -> new Key(p.getMetadata().getNamespace(), p.getMetadata().getName()))
        .toList();
  }

  private static List<Taint> noExecute(Node node) {
    return node.getSpec() == null || node.getSpec().getTaints() == null
        ? List.of()
        : node.getSpec().getTaints().stream()
            .filter(t -> t.getEffect().equals("NoExecute"))
            .toList();
  }

  private Optional<Duration> reconcile(Key key) {
    Pod pod = pods.find(key.namespace(), key.name()).orElse(null);
    if (pod == null || pod.getMetadata().getDeletionTimestamp() != null) {
      return Optional.empty();
    }
    Node node = nodes.find("", Pods.node(pod)).orElse(null);
    if (node == null) {
      return Optional.empty();
    }
    Instant now = Instant.now();
    Instant earliest = null;
    for (Taint taint : noExecute(node)) {
      Optional<Instant> until = toleratedUntil(pod, taint, now);
      if (until.isEmpty()) {
        evict(pod);
        return Optional.empty();
      }
      if (earliest == null || until.get().isBefore(earliest)) {
        earliest = until.get();
      }
    }
    if (earliest == null || earliest.equals(Instant.MAX)) {
      return Optional.empty();
    }
    if (!earliest.isAfter(now)) {
      evict(pod);
      return Optional.empty();
    }
    return Optional.of(Duration.between(now, earliest));
  }

  /** Empty when the pod does not tolerate the taint at all; {@link Instant#MAX} for always. */
  private static Optional<Instant> toleratedUntil(Pod pod, Taint taint, Instant now) {
    Instant since = taint.getTimeAdded() == null ? now : Instant.parse(taint.getTimeAdded());
    Optional<Instant> until = Optional.empty();
    for (Toleration t :
        Objects.requireNonNullElse(pod.getSpec().getTolerations(), List.<Toleration>of())) {
      if (!Tolerations.tolerates(t, taint)) {
        continue;
      }
      Instant end =
          t.getTolerationSeconds() == null
              ? Instant.MAX
              : since.plusSeconds(Math.max(0, t.getTolerationSeconds()));
      if (until.isEmpty() || end.isBefore(until.get())) {
        until = Optional.of(end);
      }
    }
    return until;
  }

  private void evict(Pod pod) {
    String namespace = pod.getMetadata().getNamespace();
    String name = pod.getMetadata().getName();
    events.normal(
        pod, "TaintManagerEviction", "Marking for deletion Pod %s/%s".formatted(namespace, name));
    ObjectNode patch = Json.MAPPER.createObjectNode();
    patch.putObject("metadata").put("uid", pod.getMetadata().getUid());
    patch
        .putObject("status")
        .putArray("conditions")
        .addObject()
        .put("type", "DisruptionTarget")
        .put("status", "True")
        .put("reason", "DeletionByTaintManager")
        .put("message", "Taint manager: deleting due to NoExecute taint")
        .put("lastTransitionTime", Stamp.now());
    write.patch(namespace, name, "status", PatchType.STRATEGIC, patch);
    write.delete(namespace, name, DeleteOptions.uid(pod.getMetadata().getUid()));
  }
}
