package dev.mokha.controllers.nodes;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.Kinds;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.controller.Reconciler.Key;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import dev.mokha.controllers.Pods;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Taint;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Removes pods that no node will ever remove: those of nodes that no longer exist, terminating ones
 * that were never bound, and those on nodes declared out of service (KEP-2268).
 */
public final class PodGarbageController {
  /** A node that registers anew after its object was deleted gets this long. */
  private static final Duration QUARANTINE = Duration.ofSeconds(40);

  private static final String OUT_OF_SERVICE = "node.kubernetes.io/out-of-service";

  private final ResourceClient<Pod> write;
  private final ResourceClient<Node> nodeClient;
  private final Informer<Pod> pods;
  private final Informer<Node> nodes;
  private final Map<String, Long> missingSince = new ConcurrentHashMap<>();

  private PodGarbageController(ApiClient client, Informers informers) {
    requireNonNull(client, "client");
    this.write = ResourceClient.of(client, Kinds.POD);
    this.nodeClient = ResourceClient.of(client, Kinds.NODE);
    this.pods = informers.get(Kinds.POD);
    this.nodes = informers.get(Kinds.NODE);
  }

  /** Starts the loop. */
  public static Controller start(ApiClient client, Informers informers) {
    PodGarbageController c = new PodGarbageController(client, informers);
    return Controller.create("pod-garbage", 1, c::reconcile)
        .watch(c.pods, c::keysOf)
        .watch(
            c.nodes,
            n ->
                c.pods.byIndex("node", n.getMetadata().getName()).stream()
                    .flatMap(p -> c.keysOf(p).stream())
                    .toList())
        .start();
  }

  private List<Key> keysOf(Pod pod) {
    boolean unbound = Pods.node(pod).isEmpty();
    boolean terminating = pod.getMetadata().getDeletionTimestamp() != null;
    Optional<Node> node = nodes.find("", Pods.node(pod));
    boolean candidate =
        unbound ? terminating : node.isEmpty() || (terminating && isOutOfService(node.get()));
    return candidate
        ? List.of(new Key(pod.getMetadata().getNamespace(), pod.getMetadata().getName()))
        : List.of();
  }

  private static boolean isOutOfService(Node node) {
    List<Taint> taints = node.getSpec() == null ? null : node.getSpec().getTaints();
    return taints != null && taints.stream().anyMatch(t -> t.getKey().equals(OUT_OF_SERVICE));
  }

  private Optional<Duration> reconcile(Key key) {
    Pod pod = pods.find(key.namespace(), key.name()).orElse(null);
    if (pod == null || keysOf(pod).isEmpty()) {
      return Optional.empty();
    }
    String node = Pods.node(pod);
    if (!node.isEmpty() && nodes.find("", node).isEmpty()) {
      long since = missingSince.computeIfAbsent(node, n -> System.nanoTime());
      Duration missing = Duration.ofNanos(System.nanoTime() - since);
      if (missing.compareTo(QUARANTINE) < 0) {
        return Optional.of(QUARANTINE.minus(missing));
      }
      if (nodeClient.find("", node).isPresent()) {
        missingSince.remove(node);
        return Optional.empty();
      }
    } else {
      missingSince.remove(node);
    }
    write.delete(
        key.namespace(), key.name(), new DeleteOptions(0L, "", pod.getMetadata().getUid(), ""));
    return Optional.empty();
  }
}
