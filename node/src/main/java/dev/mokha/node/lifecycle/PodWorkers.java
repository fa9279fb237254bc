package dev.mokha.node.lifecycle;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.informer.Informer;
import dev.mokha.engine.containers.Container;
import dev.mokha.node.pod.BoundPod;
import dev.mokha.node.pod.ContainerRun;
import dev.mokha.node.volume.PodVolumes;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The workers of all pods bound to this node. Pods come from an informer; what is left of pods that
 * the API no longer has is taken away at the start.
 */
public final class PodWorkers implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PodWorkers.class);
  private static final Duration FIRST_LIST = Duration.ofMinutes(10);
  private static final String OWNER = "pod/";

  private final NodeServices node;
  private final Sandboxes sandboxes;
  private final Informer<Pod> pods;
  private final Map<String, PodWorker> workers = new ConcurrentHashMap<>();
  // Pods that are over here but that a finalizer keeps at the API.
  private final Set<String> finished = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * Workers that do not run yet.
   *
   * @param pods the pods bound to this node
   */
  public PodWorkers(NodeServices node, Informer<Pod> pods) {
    this.node = requireNonNull(node, "node");
    this.sandboxes = new Sandboxes(node);
    this.pods = requireNonNull(pods, "pods");
  }

  /** Begins to follow the pods. Does not block. */
  public void start() {
    node.engine().containers().onChange(this::containerChanged);
    pods.addHandler(
        new Informer.Handler<>() {
          @Override
          public void onAdd(Pod pod) {
            seen(pod);
          }

          @Override
          public void onUpdate(Pod before, Pod after) {
            if (!before.getMetadata().getUid().equals(after.getMetadata().getUid())) {
              removed(before);
            }
            seen(after);
          }

          @Override
          public void onDelete(Pod pod) {
            removed(pod);
          }
        });
    Thread.ofVirtual().name("orphans").start(this::collectOrphans);
  }

  private void containerChanged(Container container) {
    String owner = container.spec().owner();
    if (owner.startsWith(OWNER)) {
      PodWorker worker = workers.get(owner.substring(OWNER.length()));
      if (worker != null) {
        worker.wake();
      }
    }
  }

  private void seen(Pod pod) {
    String uid = pod.getMetadata().getUid();
    if (closed || finished.contains(uid)) {
      return;
    }
    BoundPod bound = new BoundPod(pod);
    workers.compute(
        uid,
        (key, worker) -> {
          if (worker != null) {
            worker.update(bound);
            return worker;
          }
          PodWorker made = new PodWorker(node, bound, sandboxes, () -> gone(uid));
          made.start();
          return made;
        });
  }

  private void removed(Pod pod) {
    String uid = pod.getMetadata().getUid();
    finished.remove(uid);
    PodWorker worker = workers.get(uid);
    if (worker != null) {
      worker.remove();
    }
  }

  private void gone(String uid) {
    finished.add(uid);
    workers.remove(uid);
    boolean known = pods.list("").stream().anyMatch(p -> p.getMetadata().getUid().equals(uid));
    if (!known) {
      finished.remove(uid);
    }
  }

  private void collectOrphans() {
    try {
      pods.awaitSync(FIRST_LIST);
    } catch (IllegalStateException e) {
      log.warn("Pods that are left over are not looked for: {}", e.getMessage());
      return;
    }
    Set<String> known = new HashSet<>(workers.keySet());
    pods.list("").forEach(p -> known.add(p.getMetadata().getUid()));
    Set<String> orphans = new HashSet<>();
    for (Container c : node.engine().containers().list("")) {
      if (c.spec().owner().startsWith(OWNER)) {
        orphans.add(c.spec().owner().substring(OWNER.length()));
      }
    }
    orphans.addAll(node.network().pods().podUids());
    orphans.addAll(node.directories().uids());
    orphans.removeAll(known);
    for (String uid : orphans) {
      if (!closed) {
        Thread.ofVirtual().name("orphan-" + uid).start(() -> collect(uid));
      }
    }
  }

  private void collect(String uid) {
    log.info("Pod {} is no longer at the API: what is left of it is taken away", uid);
    try {
      List<Container> containers = node.engine().containers().list(RunLabels.owner(uid));
      List<Thread> stops =
          containers.stream()
              .map(
                  c ->
                      Thread.ofVirtual()
                          .start(
                              () -> {
                                c.stop(RunLabels.grace(c));
                                c.remove();
                              }))
              .toList();
      for (Thread stop : stops) {
        stop.join();
      }
      PodVolumes.removeMounts(
          node.directories().volumes(uid), node.directories().memoryVolumes(uid));
      sandboxes.release(uid);
      node.directories().delete(uid);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      log.warn(
          "What is left of pod {} could not be taken away; the next start tries again", uid, e);
    }
  }

  /** The pods that have a worker. */
  public Collection<BoundPod> pods() {
    return workers.values().stream().map(PodWorker::pod).toList();
  }

  /** The pod of that name. */
  public Optional<BoundPod> pod(String namespace, String name) {
    return worker(namespace, name).map(PodWorker::pod);
  }

  private Optional<PodWorker> worker(String namespace, String name) {
    return workers.values().stream()
        .filter(w -> w.pod().namespace().equals(namespace) && w.pod().name().equals(name))
        .findFirst();
  }

  /**
   * A pod's container in the engine.
   *
   * @param previous the run before the newest
   */
  public Optional<Container> container(BoundPod pod, String container, boolean previous) {
    PodWorker worker = workers.get(pod.uid());
    return worker == null ? Optional.empty() : worker.runtime().container(container, previous);
  }

  /** A container's runs that the engine has, newest first. */
  public List<ContainerRun> runs(BoundPod pod, String container) {
    PodWorker worker = workers.get(pod.uid());
    return worker == null ? List.of() : worker.runtime().runs(container);
  }

  /** The address that leads to a pod from this host. */
  public Optional<String> address(BoundPod pod) {
    PodWorker worker = workers.get(pod.uid());
    return worker == null
        ? Optional.empty()
        : worker.runtime().sandbox().map(s -> s.addresses().get(0));
  }

  /** The network namespace of a pod; empty when it uses the host's or has none. */
  public Optional<Path> networkNamespace(BoundPod pod) {
    PodWorker worker = workers.get(pod.uid());
    return worker == null
        ? Optional.empty()
        : worker
            .runtime()
            .sandbox()
            .flatMap(Sandboxes.Sandbox::attachment)
            .map(dev.mokha.network.PodNetwork.Attachment::networkNamespace);
  }

  /** Where files are. */
  public PodDirectories directories() {
    return node.directories();
  }

  /** Ends all workers; containers run on. */
  @Override
  public void close() {
    closed = true;
    workers.values().forEach(PodWorker::stop);
  }
}
