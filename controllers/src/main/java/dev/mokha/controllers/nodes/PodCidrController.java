package dev.mokha.controllers.nodes;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.PatchType;
import dev.mokha.client.Kinds;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.controller.EventRecorder;
import dev.mokha.client.controller.Reconciler.Key;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import io.fabric8.kubernetes.api.model.Node;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * Gives nodes that ask for it a range of pod addresses of their own: a /24 of the cluster's range
 * that no node has. The first {@value #KEPT} ranges are left to the server's own nodes, which know
 * theirs by their number.
 */
public final class PodCidrController {
  /** The annotation by which a node asks. */
  public static final String WANTED = "node.mokha.dev/allocate-pod-cidr";

  private static final int KEPT = 16;

  private final ResourceClient<Node> write;
  private final Informer<Node> nodes;
  private final EventRecorder events;
  private final long base;
  private final int ranges;

  /** Given, and not yet seen by the informer; the loop has one worker. */
  private final Set<String> given = new HashSet<>();

  private PodCidrController(ApiClient client, Informers informers, String clusterCidr) {
    this.write = ResourceClient.of(requireNonNull(client, "client"), Kinds.NODE);
    this.nodes = informers.get(Kinds.NODE);
    this.events = EventRecorder.of(client, "cidrAllocator", "");
    int slash = clusterCidr.indexOf('/');
    int length = Integer.parseInt(clusterCidr.substring(slash + 1));
    long address = 0;
    for (byte b : InetAddress.ofLiteral(clusterCidr.substring(0, slash)).getAddress()) {
      address = address << 8 | b & 0xff;
    }
    this.base = address;
    this.ranges = length >= 24 ? 1 : 1 << 24 - length;
  }

  /**
   * Starts the loop. One at a time in a cluster: what it gives is checked against what it has seen.
   *
   * @param clusterCidr the range of all pods, such as {@code 10.42.0.0/16}
   */
  public static Controller start(ApiClient client, Informers informers, String clusterCidr) {
    PodCidrController c = new PodCidrController(client, informers, clusterCidr);
    return Controller.create("node-ipam", 1, c::reconcile).watch(c.nodes).start();
  }

  private Optional<Duration> reconcile(Key key) {
    Node node = nodes.find("", key.name()).orElse(null);
    if (node == null
        || node.getMetadata().getAnnotations() == null
        || !node.getMetadata().getAnnotations().containsKey(WANTED)
        || (node.getSpec() != null && node.getSpec().getPodCIDR() != null)) {
      return Optional.empty();
    }
    Set<String> taken = new HashSet<>();
    for (Node other : nodes.list("")) {
      if (other.getSpec() != null && other.getSpec().getPodCIDR() != null) {
        taken.add(other.getSpec().getPodCIDR());
      }
    }
    // Seen by now, one way or the other.
    given.removeIf(taken::contains);
    for (int i = KEPT; i < ranges; i++) {
      String range = range(base + ((long) i << 8));
      if (!taken.contains(range) && !given.contains(range)) {
        give(node, range);
        given.add(range);
        return Optional.empty();
      }
    }
    events.warning(node, "CIDRNotAvailable", "Node has no free range of pod addresses");
    return Optional.of(Duration.ofMinutes(1));
  }

  private static String range(long address) {
    return "%d.%d.%d.0/24"
        .formatted(address >>> 24 & 0xff, address >>> 16 & 0xff, address >>> 8 & 0xff);
  }

  private void give(Node node, String range) {
    ObjectNode patch = Json.MAPPER.createObjectNode();
    ObjectNode meta = patch.putObject("metadata");
    meta.put("uid", node.getMetadata().getUid());
    meta.put("resourceVersion", node.getMetadata().getResourceVersion());
    patch.putObject("spec").put("podCIDR", range).putArray("podCIDRs").add(range);
    write.patch("", node.getMetadata().getName(), "", PatchType.MERGE, patch);
  }
}
