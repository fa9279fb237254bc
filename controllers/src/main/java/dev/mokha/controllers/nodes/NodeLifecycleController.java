package dev.mokha.controllers.nodes;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.client.ApiClient;
import dev.mokha.client.Kinds;
import dev.mokha.client.ListOptions;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.controller.EventRecorder;
import dev.mokha.client.controller.Reconciler.Key;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import dev.mokha.controllers.Pods;
import dev.mokha.controllers.Stamp;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeConditionBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.TaintBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A node that has not renewed its lease for 40 seconds is unknown: its conditions say so, it gets
 * the taint {@code node.kubernetes.io/unreachable}, and its pods stop being Ready. Conditions that
 * a node reports itself become taints too.
 */
public final class NodeLifecycleController {
  /** How long a node may be silent; upstream's default as well. */
  static final Duration GRACE = Duration.ofSeconds(40);

  static final String NOT_READY = "node.kubernetes.io/not-ready";
  static final String UNREACHABLE = "node.kubernetes.io/unreachable";
  private static final String LEASES = "kube-node-lease";
  private static final List<String> MONITORED =
      List.of("Ready", "MemoryPressure", "DiskPressure", "PIDPressure");

  /** Taints without an effect on running pods, by the condition that brings them. */
  private static final Map<String, String> BY_CONDITION =
      Map.of(
          "MemoryPressure", "node.kubernetes.io/memory-pressure",
          "DiskPressure", "node.kubernetes.io/disk-pressure",
          "PIDPressure", "node.kubernetes.io/pid-pressure",
          "NetworkUnavailable", "node.kubernetes.io/network-unavailable");

  private final ResourceClient<Node> nodeClient;
  private final ResourceClient<Pod> podClient;
  private final Informer<Node> nodes;
  private final Informer<Lease> leases;
  private final Informer<Pod> pods;
  private final EventRecorder events;
  private final Map<String, Sign> signs = new ConcurrentHashMap<>();

  /**
   * The last sign of life, a renewed lease or a status report, by this machine's clock: the node's
   * own may be wrong.
   */
  private record Sign(String renewed, String reported, long atNanos) {}

  private NodeLifecycleController(ApiClient client, Informers informers) {
    requireNonNull(client, "client");
    this.nodeClient = ResourceClient.of(client, Kinds.NODE);
    this.podClient = ResourceClient.of(client, Kinds.POD);
    this.nodes = informers.get(Kinds.NODE);
    this.leases = informers.get(Kinds.LEASE, LEASES, ListOptions.ALL);
    this.pods = informers.get(Kinds.POD);
    this.events = EventRecorder.of(client, "node-controller", "");
    pods.addIndex("node", p -> Pods.node(p).isEmpty() ? List.of() : List.of(Pods.node(p)));
  }

  /** Starts the loop. */
  public static Controller start(ApiClient client, Informers informers) {
    NodeLifecycleController c = new NodeLifecycleController(client, informers);
    // A lease's renewal is noted and no more: the loop looks when the grace would be over.
    c.leases.addHandler(Informer.Handler.any(c::renewed));
    c.nodes.addHandler(Informer.Handler.any(c::reported));
    return Controller.create("node-lifecycle", 2, c::reconcile)
        .watch(c.nodes)
        .watch(
            c.leases,
            l -> c.isSilent(l) ? List.of(new Key("", l.getMetadata().getName())) : List.of())
        .start();
  }

  private boolean isSilent(Lease lease) {
    return nodes
        .find("", lease.getMetadata().getName())
        .filter(n -> "Unknown".equals(status(n, "Ready")))
        .isPresent();
  }

  private void renewed(Lease lease) {
    String stamp = lease.getSpec() == null ? "" : String.valueOf(lease.getSpec().getRenewTime());
    signs.compute(
        lease.getMetadata().getName(),
        (name, before) ->
            before != null && before.renewed().equals(stamp)
                ? before
                : new Sign(stamp, before == null ? "" : before.reported(), System.nanoTime()));
  }

  /** A node that comes back reports before it renews its lease, and must not be lost in between. */
  private void reported(Node node) {
    String stamp =
        condition(node, "Ready").map(c -> String.valueOf(c.getLastHeartbeatTime())).orElse("");
    signs.compute(
        node.getMetadata().getName(),
        (name, before) ->
            before != null && before.reported().equals(stamp)
                ? before
                : new Sign(before == null ? "" : before.renewed(), stamp, System.nanoTime()));
  }

  private Optional<Duration> reconcile(Key key) {
    Optional<Node> found = nodes.find("", key.name());
    if (found.isEmpty()) {
      signs.remove(key.name());
      return Optional.empty();
    }
    Node node = found.get();
    reported(node);
    Sign sign = signs.get(key.name());
    if (sign == null) {
      // Deleted in this moment.
      return Optional.empty();
    }
    Duration silent = Duration.ofNanos(System.nanoTime() - sign.atNanos());
    boolean lost = silent.compareTo(GRACE) > 0;
    if (lost) {
      node = markUnknown(node);
    }
    String ready = status(node, "Ready");
    setTaints(node, ready);
    if (!ready.equals("True")) {
      markPodsNotReady(node.getMetadata().getName());
    }
    return Optional.of(lost ? GRACE : GRACE.minus(silent).plusMillis(100));
  }

  private static String status(Node node, String type) {
    return condition(node, type).map(NodeCondition::getStatus).orElse("Unknown");
  }

  private static Optional<NodeCondition> condition(Node node, String type) {
    return node.getStatus() == null || node.getStatus().getConditions() == null
        ? Optional.empty()
        : node.getStatus().getConditions().stream()
            .filter(c -> c.getType().equals(type))
            .findFirst();
  }

  private Node markUnknown(Node node) {
    List<NodeCondition> after = new ArrayList<>();
    boolean changed = false;
    List<NodeCondition> before =
        node.getStatus() == null
            ? List.of()
            : Objects.requireNonNullElse(node.getStatus().getConditions(), List.of());
    for (String type : MONITORED) {
      Optional<NodeCondition> old =
          before.stream().filter(c -> c.getType().equals(type)).findFirst();
      if (old.filter(c -> c.getStatus().equals("Unknown")).isPresent()) {
        after.add(old.get());
        continue;
      }
      changed = true;
      after.add(
          new NodeConditionBuilder(old.orElseGet(NodeCondition::new))
              .withType(type)
              .withStatus("Unknown")
              .withReason(old.isPresent() ? "NodeStatusUnknown" : "NodeStatusNeverUpdated")
              .withMessage(
                  old.isPresent()
                      ? "Kubelet stopped posting node status."
                      : "Kubelet never posted node status.")
              .withLastTransitionTime(Stamp.now())
              .build());
    }
    before.stream().filter(c -> !MONITORED.contains(c.getType())).forEach(after::add);
    if (!changed) {
      return node;
    }
    events.normal(
        node,
        "NodeNotReady",
        "Node %s status is now: NodeNotReady".formatted(node.getMetadata().getName()));
    return nodeClient.updateStatus(
        new NodeBuilder(node).editOrNewStatus().withConditions(after).endStatus().build());
  }

  private void setTaints(Node node, String ready) {
    List<Taint> before =
        node.getSpec() == null
            ? List.of()
            : Objects.requireNonNullElse(node.getSpec().getTaints(), List.of());
    List<Taint> after = new ArrayList<>();
    for (Taint t : before) {
      boolean ours =
          t.getKey().equals(NOT_READY)
              || t.getKey().equals(UNREACHABLE)
              || BY_CONDITION.containsValue(t.getKey())
              || t.getKey().equals("node.kubernetes.io/unschedulable");
      if (!ours) {
        after.add(t);
      }
    }
    if (ready.equals("False") || ready.equals("Unknown")) {
      String key = ready.equals("False") ? NOT_READY : UNREACHABLE;
      after.add(keepOrAdd(before, key, "NoSchedule"));
      after.add(keepOrAdd(before, key, "NoExecute"));
    }
    BY_CONDITION.forEach(
        (condition, key) -> {
          if (status(node, condition).equals("True")) {
            after.add(keepOrAdd(before, key, "NoSchedule"));
          }
        });
    if (node.getSpec() != null && Boolean.TRUE.equals(node.getSpec().getUnschedulable())) {
      after.add(keepOrAdd(before, "node.kubernetes.io/unschedulable", "NoSchedule"));
    }
    if (after.size() != before.size() || !after.containsAll(before)) {
      nodeClient.update(new NodeBuilder(node).editOrNewSpec().withTaints(after).endSpec().build());
    }
  }

  /** The time a taint was added counts for tolerations: an old one stays as it is. */
  private static Taint keepOrAdd(List<Taint> before, String key, String effect) {
    return before.stream()
        .filter(t -> t.getKey().equals(key) && t.getEffect().equals(effect))
        .findFirst()
        .orElseGet(
            () ->
                new TaintBuilder()
                    .withKey(key)
                    .withEffect(effect)
                    .withTimeAdded(effect.equals("NoExecute") ? Stamp.now() : null)
                    .build());
  }

  private void markPodsNotReady(String node) {
    for (Pod pod : pods.byIndex("node", node)) {
      if (!Pods.isReady(pod)) {
        continue;
      }
      Pod changed =
          new PodBuilder(pod)
              .editStatus()
              .editMatchingCondition(c -> c.getType().equals("Ready"))
              .withStatus("False")
              .withReason("NodeNotReady")
              .withLastTransitionTime(Stamp.now())
              .endCondition()
              .endStatus()
              .build();
      try {
        podClient.updateStatus(changed);
        events.warning(pod, "NodeNotReady", "Node is not ready");
      } catch (StatusException e) {
        if (!e.isNotFound()) {
          throw e;
        }
      }
    }
  }
}
