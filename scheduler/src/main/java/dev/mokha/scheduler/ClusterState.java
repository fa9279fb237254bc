package dev.mokha.scheduler;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the scheduler believes of the nodes. A pod that is being bound is assumed on its node at
 * once, so that the next pod sees the room taken; the informer later confirms it, or {@link
 * #forget} takes it back.
 *
 * <p>Not thread-safe: the scheduler guards it with one lock.
 */
public final class ClusterState {
  private final Map<String, NodeState> nodes = new HashMap<>();
  private final List<NodeState> order = new ArrayList<>();
  private final Map<String, String> nodeOfPod = new HashMap<>();
  // Pods whose node is not known (yet), by node name.
  private final Map<String, Map<String, PodDemand>> orphans = new HashMap<>();
  private final Map<String, Map<String, String>> namespaces = new HashMap<>();
  private int podsWithAntiAffinity;

  /** All nodes, in a stable order. */
  public List<NodeState> nodes() {
    return order;
  }

  /** The node of that name, or null. */
  public NodeState node(String name) {
    return nodes.get(name);
  }

  /** Whether any pod anywhere refuses others beside it. */
  public boolean hasAntiAffinity() {
    return podsWithAntiAffinity > 0;
  }

  /**
   * The labels of a namespace; of one that is not known (yet), the one label that every namespace
   * has.
   */
  public Map<String, String> namespaceLabels(String name) {
    Map<String, String> labels = namespaces.get(name);
    return labels == null ? Map.of("kubernetes.io/metadata.name", name) : labels;
  }

  void putNamespace(String name, Map<String, String> labels) {
    namespaces.put(name, labels);
  }

  void removeNamespace(String name) {
    namespaces.remove(name);
  }

  void putNode(Node node) {
    String name = node.getMetadata().getName();
    NodeState state = nodes.get(name);
    if (state != null) {
      state.update(node);
      return;
    }
    NodeState added = new NodeState(node);
    nodes.put(name, added);
    order.add(added);
    Map<String, PodDemand> waiting = orphans.remove(name);
    if (waiting != null) {
      waiting.values().forEach(added::add);
    }
  }

  void removeNode(String name) {
    NodeState gone = nodes.remove(name);
    if (gone == null) {
      return;
    }
    order.remove(gone);
    Map<String, PodDemand> waiting = new HashMap<>();
    gone.pods().forEach(p -> waiting.put(p.uid(), p));
    if (!waiting.isEmpty()) {
      orphans.put(name, waiting);
    }
  }

  /** The pod is on that node, or is about to be. */
  void put(PodDemand pod, String nodeName) {
    forget(pod.pod());
    nodeOfPod.put(pod.uid(), nodeName);
    podsWithAntiAffinity += pod.requiredAntiAffinity().isEmpty() ? 0 : 1;
    NodeState node = nodes.get(nodeName);
    if (node != null) {
      node.add(pod);
    } else {
      orphans.computeIfAbsent(nodeName, n -> new HashMap<>()).put(pod.uid(), pod);
    }
  }

  /** The pod is on no node any more. */
  void forget(Pod pod) {
    String uid = pod.getMetadata().getUid();
    String nodeName = nodeOfPod.remove(uid);
    if (nodeName == null) {
      return;
    }
    podsWithAntiAffinity -= PodDemand.of(pod).requiredAntiAffinity().isEmpty() ? 0 : 1;
    NodeState node = nodes.get(nodeName);
    if (node != null) {
      node.remove(uid);
      return;
    }
    orphans.computeIfPresent(
        nodeName,
        (n, map) -> {
          map.remove(uid);
          return map.isEmpty() ? null : map;
        });
  }

  /** Whether the pod is on a node, or about to be. */
  boolean has(String uid) {
    return nodeOfPod.containsKey(uid);
  }
}
