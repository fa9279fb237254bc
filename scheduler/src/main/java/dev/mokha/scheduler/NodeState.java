package dev.mokha.scheduler;

import static java.util.Objects.requireNonNull;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Taint;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A node and the pods on it, with their sums kept current. Guarded by its {@link ClusterState}. */
public final class NodeState {
  private Node node;
  private Amounts allocatable;
  private long maxPods;
  private Amounts requested = Amounts.ZERO;
  private Amounts scored = Amounts.ZERO;
  private final Map<String, PodDemand> pods = new LinkedHashMap<>();
  private int withHostPorts;
  private int withAntiAffinity;

  NodeState(Node node) {
    update(node);
  }

  void update(Node newNode) {
    node = requireNonNull(newNode, "node");
    Map<String, Quantity> list =
        node.getStatus() == null ? null : node.getStatus().getAllocatable();
    allocatable = Amounts.of(list);
    Quantity most = list == null ? null : list.get("pods");
    maxPods = most == null ? 0 : most.getNumericalAmount().longValue();
  }

  void add(PodDemand pod) {
    remove(pod.uid());
    pods.put(pod.uid(), pod);
    requested = requested.plus(pod.requests());
    scored = scored.plus(pod.scored());
    withHostPorts += pod.hostPorts().isEmpty() ? 0 : 1;
    withAntiAffinity += pod.requiredAntiAffinity().isEmpty() ? 0 : 1;
  }

  boolean remove(String uid) {
    PodDemand gone = pods.remove(uid);
    if (gone == null) {
      return false;
    }
    requested = requested.minus(gone.requests());
    scored = scored.minus(gone.scored());
    withHostPorts -= gone.hostPorts().isEmpty() ? 0 : 1;
    withAntiAffinity -= gone.requiredAntiAffinity().isEmpty() ? 0 : 1;
    return true;
  }

  /** Its name. */
  public String name() {
    return node.getMetadata().getName();
  }

  /** The object. */
  public Node node() {
    return node;
  }

  /** Its labels; never null. */
  public Map<String, String> labels() {
    Map<String, String> labels = node.getMetadata().getLabels();
    return labels == null ? Map.of() : labels;
  }

  /** Its taints; never null. */
  public List<Taint> taints() {
    return node.getSpec() == null || node.getSpec().getTaints() == null
        ? List.of()
        : node.getSpec().getTaints();
  }

  /** Whether it is closed for new pods. */
  public boolean isUnschedulable() {
    return node.getSpec() != null && Boolean.TRUE.equals(node.getSpec().getUnschedulable());
  }

  /** What pods may use. */
  public Amounts allocatable() {
    return allocatable;
  }

  /** How many pods it may run. */
  public long maxPods() {
    return maxPods;
  }

  /** What its pods ask for. */
  public Amounts requested() {
    return requested;
  }

  /** What its pods count as in scores. */
  public Amounts scored() {
    return scored;
  }

  /** Its pods, those being bound included. */
  public Collection<PodDemand> pods() {
    return Collections.unmodifiableCollection(pods.values());
  }

  /** Whether any pod has a host port. */
  public boolean hasHostPorts() {
    return withHostPorts > 0;
  }

  /** Whether any pod refuses others beside it. */
  public boolean hasAntiAffinity() {
    return withAntiAffinity > 0;
  }
}
