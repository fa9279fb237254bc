package dev.mokha.node.lifecycle;

import static java.util.Objects.requireNonNull;

import dev.mokha.node.pod.Action;
import dev.mokha.node.pod.BoundPod;
import dev.mokha.node.pod.ContainerKind;
import dev.mokha.node.pod.ObservedPod;
import dev.mokha.node.pod.Plan;
import dev.mokha.node.pod.PodContainer;
import dev.mokha.node.pod.PodPlanner;
import dev.mokha.node.status.PodStatusBuilder;
import dev.mokha.node.timing.Alarms;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One pod's worker: a loop that sleeps until something about the pod changed or a planned time has
 * come, then observes, plans and acts.
 */
final class PodWorker {
  private static final Logger log = LoggerFactory.getLogger(PodWorker.class);
  // A pod that starts at once is told of once, as running.
  private static final Duration QUIET_START = Duration.ofMillis(200);
  private static final Duration AFTER_ERROR = Duration.ofSeconds(1);

  private final NodeServices node;
  private final PodRuntime runtime;
  private final Semaphore signal = new Semaphore(0);
  private final String uid;
  private volatile BoundPod pod;
  private volatile boolean removed;
  private volatile boolean stopped;
  private final Map<String, Integer> toldBackOff = new HashMap<>();
  private final AtomicLong told = new AtomicLong();
  private Alarms.Alarm delayed = () -> {};
  private Instant quietUntil;

  /**
   * A worker that does not run yet.
   *
   * @param onGone is told when nothing of the pod is left
   */
  PodWorker(NodeServices node, BoundPod pod, Sandboxes sandboxes, Runnable onGone) {
    this.node = requireNonNull(node, "node");
    this.pod = requireNonNull(pod, "pod");
    this.uid = pod.uid();
    this.quietUntil = node.clock().instant().plus(QUIET_START);
    this.runtime = new PodRuntime(node, pod, sandboxes, this::wake, onGone);
  }

  /** Where a container is in its pod, for events. */
  static String fieldPath(PodContainer container) {
    String list =
        switch (container.kind()) {
          case INIT, SIDECAR -> "initContainers";
          case MAIN -> "containers";
          case EPHEMERAL -> "ephemeralContainers";
        };
    return "spec." + list + "{" + container.name() + "}";
  }

  void start() {
    Thread.ofVirtual().name("pod-" + pod).start(this::loop);
  }

  /** Looks again soon. */
  void wake() {
    if (signal.availablePermits() == 0) {
      signal.release();
    }
  }

  /** The pod changed at the API. */
  void update(BoundPod changed) {
    pod = changed;
    runtime.podChanged(changed);
    wake();
  }

  /** The API no longer has the pod. */
  void remove() {
    removed = true;
    wake();
  }

  /** Ends the loop; whatever runs goes on. */
  void stop() {
    stopped = true;
    runtime.close();
    wake();
  }

  BoundPod pod() {
    return pod;
  }

  PodRuntime runtime() {
    return runtime;
  }

  private void loop() {
    Optional<Instant> wakeAt = Optional.empty();
    runtime.adopt();
    while (!stopped && !runtime.isGone()) {
      try {
        wakeAt = step();
      } catch (RuntimeException e) {
        log.error("Pod {}: a step failed, it is tried again", pod, e);
        wakeAt = Optional.of(node.clock().instant().plus(AFTER_ERROR));
      }
      if (!sleep(wakeAt)) {
        return;
      }
    }
  }

  private boolean sleep(Optional<Instant> wakeAt) {
    try {
      if (wakeAt.isEmpty()) {
        signal.acquire();
      } else {
        long nanos = Duration.between(node.clock().instant(), wakeAt.get()).toNanos();
        signal.tryAcquire(Math.max(0, nanos), TimeUnit.NANOSECONDS);
      }
      signal.drainPermits();
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  private Optional<Instant> step() {
    Instant now = node.clock().instant();
    BoundPod current = pod;
    ObservedPod observed = runtime.observe(current, removed);
    Plan plan = PodPlanner.plan(current, observed, now);
    plan.outcome().ifPresent(runtime::failed);
    boolean ends = plan.outcome().isPresent() || current.isDeleting() || removed;
    if (ends) {
      runtime.terminating(now);
    }
    plan.actions().stream()
        .filter(action -> !takesAway(action))
        .forEach(action -> runtime.perform(action, current));
    if (!removed) {
      tell(current, runtime.observe(current, false), plan, now);
    }
    // The end is told first: cleaning up waits for that.
    plan.actions().stream()
        .filter(PodWorker::takesAway)
        .forEach(action -> runtime.perform(action, current));
    return plan.wakeAt();
  }

  private static boolean takesAway(Action action) {
    return action instanceof Action.Finish || action instanceof Action.Release;
  }

  private void tell(BoundPod current, ObservedPod observed, Plan plan, Instant now) {
    PodStatus status =
        PodStatusBuilder.build(
            current,
            observed,
            plan,
            node.status().last(current),
            node.config().nodeAddress().getHostAddress(),
            now);
    delayed.cancel();
    long turn = told.incrementAndGet();
    boolean quiet =
        "Pending".equals(status.getPhase())
            && !current.isDeleting()
            && observed.setupProblem().isEmpty()
            && observed.containers().values().stream().allMatch(c -> c.waiting().isEmpty())
            && current.containers(ContainerKind.INIT).isEmpty();
    if (quiet && now.isBefore(quietUntil)) {
      delayed =
          node.alarms().at(quietUntil, "status-" + current, () -> send(current, status, turn));
    } else {
      send(current, status, turn);
    }
    tellBackOff(current, status);
  }

  // A delayed status must not overtake a newer one.
  private void send(BoundPod current, PodStatus status, long turn) {
    synchronized (told) {
      if (told.get() == turn) {
        node.status().set(current, status);
      }
    }
  }

  private void tellBackOff(BoundPod current, PodStatus status) {
    Stream.concat(
            status.getInitContainerStatuses().stream(), status.getContainerStatuses().stream())
        .filter(c -> c.getState().getWaiting() != null)
        .filter(c -> "CrashLoopBackOff".equals(c.getState().getWaiting().getReason()))
        .filter(c -> !c.getRestartCount().equals(toldBackOff.get(c.getName())))
        .forEach(
            c -> {
              toldBackOff.put(c.getName(), c.getRestartCount());
              current
                  .container(c.getName())
                  .ifPresent(
                      container ->
                          node.events()
                              .record(
                                  current.pod(),
                                  fieldPath(container),
                                  "Warning",
                                  "BackOff",
                                  "Back-off restarting failed container "
                                      + c.getName()
                                      + " in pod "
                                      + current.name()));
            });
  }

  @Override
  public String toString() {
    return "PodWorker[" + uid + "]";
  }
}
