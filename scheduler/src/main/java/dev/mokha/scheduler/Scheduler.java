package dev.mokha.scheduler;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.PatchType;
import dev.mokha.client.Kinds;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.controller.EventRecorder;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import dev.mokha.scheduler.SchedulerMetrics.Result;
import dev.mokha.scheduler.SchedulingQueue.Waiting;
import dev.mokha.scheduler.score.Scorers;
import io.fabric8.kubernetes.api.model.Binding;
import io.fabric8.kubernetes.api.model.BindingBuilder;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Binds pods to nodes, one decision at a time on one thread; the bindings themselves are written
 * side by side.
 *
 * <pre>{@code
 * try (Scheduler scheduler = Scheduler.start(client, informers)) { ... }
 * }</pre>
 */
public final class Scheduler implements AutoCloseable {
  /** The scheduler name of the pods it cares for. */
  public static final String NAME = "default-scheduler";

  private static final Logger log = LoggerFactory.getLogger(Scheduler.class);
  private static final int MAX_BINDINGS_UNDER_WAY = 64;

  private final ResourceClient<Pod> pods;
  private final Informer<Pod> podInformer;
  private final Informer<Node> nodeInformer;
  private final EventRecorder events;
  private final Placement placement = new Placement(Scorers.ALL);
  private final ReentrantLock lock = new ReentrantLock();
  private final Informer<Namespace> namespaceInformer;
  private final ClusterState cluster = new ClusterState();
  private final SchedulingQueue queue = new SchedulingQueue();
  private final Semaphore bindings = new Semaphore(MAX_BINDINGS_UNDER_WAY);
  private final Clock clock = Clock.systemUTC();
  private final SchedulerMetrics metrics;
  private final Thread thread;
  private volatile boolean closed;

  private Scheduler(ApiClient client, Informers informers, SchedulerMetrics metrics) {
    this.metrics = requireNonNull(metrics, "metrics");
    this.pods = ResourceClient.of(client, Kinds.POD);
    this.podInformer = informers.get(Kinds.POD);
    this.nodeInformer = informers.get(Kinds.NODE);
    this.namespaceInformer = informers.get(Kinds.NAMESPACE);
    this.events = EventRecorder.of(client, NAME, "");
    this.thread = Thread.ofVirtual().name("scheduler").unstarted(this::run);
  }

  /** Begins to schedule; does not block. */
  public static Scheduler start(ApiClient client, Informers informers) {
    return start(client, informers, new SchedulerMetrics());
  }

  /** The same, counting there what it does. */
  public static Scheduler start(ApiClient client, Informers informers, SchedulerMetrics metrics) {
    Scheduler scheduler =
        new Scheduler(
            requireNonNull(client, "client"), requireNonNull(informers, "informers"), metrics);
    metrics.follow(scheduler.queue);
    scheduler.namespaceInformer.addHandler(scheduler.new Namespaces());
    scheduler.nodeInformer.addHandler(scheduler.new Nodes());
    scheduler.podInformer.addHandler(scheduler.new Pods());
    scheduler.thread.start();
    return scheduler;
  }

  private void run() {
    try {
      namespaceInformer.awaitSync(Duration.ofDays(1));
      nodeInformer.awaitSync(Duration.ofDays(1));
      podInformer.awaitSync(Duration.ofDays(1));
      while (!closed) {
        Waiting next = queue.take();
        long begun = System.nanoTime();
        try {
          schedule(next, begun);
        } catch (RuntimeException e) {
          metrics.note(Result.ERROR, System.nanoTime() - begun);
          log.error("{} could not be scheduled", next.pod().getMetadata().getName(), e);
          queue.park(next);
        }
      }
    } catch (InterruptedException e) {
      // Closed.
    } catch (IllegalStateException e) {
      if (!closed) {
        log.error("the scheduler stopped before it knew the cluster", e);
      }
    }
  }

  private void schedule(Waiting waiting, long begun) throws InterruptedException {
    PodDemand pod = PodDemand.of(waiting.pod());
    Placement.Result result;
    lock.lock();
    try {
      if (cluster.has(pod.uid())) {
        queue.remove(pod.uid());
        return;
      }
      result = placement.place(pod, cluster);
      if (result.node() != null) {
        cluster.put(pod, result.node());
      }
    } finally {
      lock.unlock();
    }
    if (result.node() == null) {
      metrics.note(Result.UNSCHEDULABLE, System.nanoTime() - begun);
      queue.park(waiting);
      Thread.startVirtualThread(() -> reportUnschedulable(pod.pod(), result.why()));
      return;
    }
    bindings.acquire();
    Thread.startVirtualThread(() -> bind(waiting, pod, result.node(), begun));
  }

  private void bind(Waiting waiting, PodDemand pod, String node, long begun) {
    String namespace = pod.namespace();
    String name = pod.pod().getMetadata().getName();
    try {
      Binding binding =
          new BindingBuilder()
              .withNewMetadata()
              .withNamespace(namespace)
              .withName(name)
              .withUid(pod.uid())
              .endMetadata()
              .withNewTarget()
              .withApiVersion("v1")
              .withKind("Node")
              .withName(node)
              .endTarget()
              .build();
      pods.post(namespace, name, "binding", binding);
      metrics.note(Result.SCHEDULED, System.nanoTime() - begun);
      queue.remove(pod.uid());
      events.record(
          pod.pod(),
          null,
          "Normal",
          "Scheduled",
          "Successfully assigned %s/%s to %s".formatted(namespace, name, node));
    } catch (StatusException e) {
      lock.lock();
      try {
        cluster.forget(pod.pod());
      } finally {
        lock.unlock();
      }
      metrics.note(Result.ERROR, System.nanoTime() - begun);
      if (e.isNotFound()) {
        queue.remove(pod.uid());
      } else {
        log.debug("{}/{} was not bound: {}", namespace, name, e.getMessage());
        queue.park(waiting);
        queue.wake();
      }
    } finally {
      bindings.release();
    }
  }

  private void reportUnschedulable(Pod pod, String why) {
    PodCondition before =
        pod.getStatus() == null
            ? null
            : pod.getStatus().getConditions().stream()
                .filter(c -> c.getType().equals("PodScheduled"))
                .findFirst()
                .orElse(null);
    events.warning(pod, "FailedScheduling", why);
    if (before != null
        && "Unschedulable".equals(before.getReason())
        && Objects.equals(before.getMessage(), why)) {
      return;
    }
    ObjectNode patch = Json.MAPPER.createObjectNode();
    patch
        .putObject("status")
        .putArray("conditions")
        .addObject()
        .put("type", "PodScheduled")
        .put("status", "False")
        .put("reason", "Unschedulable")
        .put("message", why)
        .put("lastTransitionTime", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    try {
      pods.patch(
          pod.getMetadata().getNamespace(),
          pod.getMetadata().getName(),
          "status",
          PatchType.STRATEGIC,
          patch);
    } catch (StatusException e) {
      log.debug(
          "the condition of {} was not written: {}", pod.getMetadata().getName(), e.getMessage());
    }
  }

  private static boolean isOver(Pod pod) {
    String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
    return "Succeeded".equals(phase) || "Failed".equals(phase);
  }

  private static boolean isBound(Pod pod) {
    String node = pod.getSpec().getNodeName();
    return node != null && !node.isEmpty();
  }

  private static boolean isMine(Pod pod) {
    String name = pod.getSpec().getSchedulerName();
    return (name == null || name.equals(NAME))
        && pod.getMetadata().getDeletionTimestamp() == null
        && (pod.getSpec().getSchedulingGates() == null
            || pod.getSpec().getSchedulingGates().isEmpty());
  }

  /** What pods mean for the scheduler. */
  private final class Pods implements Informer.Handler<Pod> {
    @Override
    public void onAdd(Pod pod) {
      String uid = pod.getMetadata().getUid();
      if (isOver(pod)) {
        onDelete(pod);
      } else if (isBound(pod)) {
        lock.lock();
        try {
          cluster.put(PodDemand.of(pod), pod.getSpec().getNodeName());
        } finally {
          lock.unlock();
        }
        queue.remove(uid);
        // A new pod may be the one that another wants to be near.
        if (pod.getMetadata().getLabels() != null) {
          queue.wake();
        }
      } else if (isMine(pod)) {
        queue.add(pod);
      } else {
        queue.remove(uid);
      }
    }

    @Override
    public void onUpdate(Pod before, Pod after) {
      if (!before.getMetadata().getUid().equals(after.getMetadata().getUid())) {
        onDelete(before);
      }
      boolean sameForUs =
          isBound(before)
              && isBound(after)
              && isOver(before) == isOver(after)
              && before.getSpec().equals(after.getSpec())
              && Objects.equals(before.getMetadata().getLabels(), after.getMetadata().getLabels())
              && Objects.equals(
                  before.getMetadata().getDeletionTimestamp(),
                  after.getMetadata().getDeletionTimestamp());
      if (!sameForUs) {
        onAdd(after);
      }
    }

    @Override
    public void onDelete(Pod pod) {
      boolean freed;
      lock.lock();
      try {
        freed = cluster.has(pod.getMetadata().getUid());
        cluster.forget(pod);
      } finally {
        lock.unlock();
      }
      queue.remove(pod.getMetadata().getUid());
      if (freed) {
        queue.wake();
      }
    }
  }

  /** What nodes mean for the scheduler. */
  private final class Nodes implements Informer.Handler<Node> {
    @Override
    public void onAdd(Node node) {
      lock.lock();
      try {
        cluster.putNode(node);
      } finally {
        lock.unlock();
      }
      queue.wake();
    }

    @Override
    public void onUpdate(Node before, Node after) {
      lock.lock();
      try {
        cluster.putNode(after);
      } finally {
        lock.unlock();
      }
      boolean matters =
          !Objects.equals(before.getSpec(), after.getSpec())
              || !Objects.equals(before.getMetadata().getLabels(), after.getMetadata().getLabels())
              || !Objects.equals(
                  before.getStatus().getAllocatable(), after.getStatus().getAllocatable());
      if (matters) {
        queue.wake();
      }
    }

    @Override
    public void onDelete(Node node) {
      lock.lock();
      try {
        cluster.removeNode(node.getMetadata().getName());
      } finally {
        lock.unlock();
      }
    }
  }

  /** Affinity terms may choose pods by the labels of their namespaces. */
  private final class Namespaces implements Informer.Handler<Namespace> {
    @Override
    public void onAdd(Namespace namespace) {
      Map<String, String> labels = namespace.getMetadata().getLabels();
      lock.lock();
      try {
        cluster.putNamespace(
            namespace.getMetadata().getName(), labels == null ? Map.of() : Map.copyOf(labels));
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void onUpdate(Namespace before, Namespace after) {
      if (!Objects.equals(before.getMetadata().getLabels(), after.getMetadata().getLabels())) {
        onAdd(after);
        queue.wake();
      }
    }

    @Override
    public void onDelete(Namespace namespace) {
      lock.lock();
      try {
        cluster.removeNamespace(namespace.getMetadata().getName());
      } finally {
        lock.unlock();
      }
    }
  }

  /** Nodes as the scheduler sees them; for tests. */
  List<String> nodeNames() {
    lock.lock();
    try {
      return new ArrayList<>(cluster.nodes().stream().map(NodeState::name).toList());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    closed = true;
    metrics.forget(queue);
    queue.close();
    thread.interrupt();
  }
}
