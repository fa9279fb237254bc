package dev.mokha.node.lifecycle;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.Resources;
import dev.mokha.node.pod.Action;
import dev.mokha.node.pod.BoundPod;
import dev.mokha.node.pod.ContainerRun;
import dev.mokha.node.pod.ObservedContainer;
import dev.mokha.node.pod.ObservedContainer.Job;
import dev.mokha.node.pod.ObservedContainer.Waiting;
import dev.mokha.node.pod.ObservedPod;
import dev.mokha.node.pod.ObservedPod.Setup;
import dev.mokha.node.pod.Outcome;
import dev.mokha.node.pod.PodContainer;
import dev.mokha.node.resources.PodResources;
import dev.mokha.node.volume.PodVolumes;
import dev.mokha.node.volume.VolumeException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hands of a {@link PodWorker}: observes one pod's sandbox, volumes and containers, and
 * performs planned actions. Long actions run on threads of their own and wake the worker at their
 * end.
 */
final class PodRuntime {
  private static final Logger log = LoggerFactory.getLogger(PodRuntime.class);
  private static final Duration STATUS_TAKES = Duration.ofSeconds(10);

  private final NodeServices node;
  private final Sandboxes sandboxes;
  private final PodObserver observer;
  private final ContainerStarter starter;
  private final Runnable wake;
  private final Runnable onGone;
  private final String uid;
  private final Set<String> discarding = new HashSet<>();
  private PodVolumes volumes;
  private volatile BoundPod pod;
  private volatile Optional<Sandboxes.Sandbox> sandbox = Optional.empty();
  private volatile boolean gone;
  private Setup setup = Setup.NONE;
  private Optional<Waiting> setupProblem = Optional.empty();
  private Optional<Instant> setupNotBefore = Optional.empty();
  private Duration setupBackOff = Duration.ZERO;
  private Optional<Outcome> failure = Optional.empty();
  private Optional<Instant> terminatingSince = Optional.empty();
  private boolean released;
  private final Instant startTime;

  PodRuntime(NodeServices node, BoundPod pod, Sandboxes sandboxes, Runnable wake, Runnable onGone) {
    this.node = requireNonNull(node, "node");
    this.pod = requireNonNull(pod, "pod");
    this.uid = pod.uid();
    this.sandboxes = requireNonNull(sandboxes, "sandboxes");
    this.wake = requireNonNull(wake, "wake");
    this.onGone = requireNonNull(onGone, "onGone");
    this.startTime = pod.recordedStart().orElseGet(() -> node.clock().instant());
    this.observer = new PodObserver(node, pod, wake);
    this.starter = new ContainerStarter(node, sandboxes);
    this.volumes = newVolumes();
  }

  private PodVolumes newVolumes() {
    return new PodVolumes(
        node.volumes(),
        node.directories().volumes(uid),
        node.directories().memoryVolumes(uid),
        this::volumeSourceChanged);
  }

  /** Finds what an earlier daemon has left, before the first step. */
  void adopt() {
    if (pod.recordedTerminal()) {
      return;
    }
    try {
      Optional<Sandboxes.Sandbox> found = sandboxes.find(pod);
      if (found.isPresent()) {
        volumes.mount(pod.pod(), starter.specs().surroundings(found.get().addresses()));
        sandbox = found;
      }
    } catch (RuntimeException e) {
      log.warn("Pod {}: its sandbox could not be adopted: {}", pod, e.getMessage());
    }
  }

  private synchronized void volumeSourceChanged() {
    if (setupProblem.isPresent()) {
      setupNotBefore = Optional.empty();
      wake.run();
    }
  }

  /** The pod changed at the API. */
  void podChanged(BoundPod changed) {
    BoundPod before = pod;
    pod = changed;
    boolean metadata =
        !before.pod().getMetadata().getLabels().equals(changed.pod().getMetadata().getLabels())
            || !before
                .pod()
                .getMetadata()
                .getAnnotations()
                .equals(changed.pod().getMetadata().getAnnotations());
    if (metadata) {
      PodVolumes mounted = volumes;
      Thread.ofVirtual().name("volumes-" + changed).start(() -> mounted.refresh(changed.pod()));
    }
  }

  boolean isGone() {
    return gone;
  }

  /** The pod's sandbox, if it is there. */
  Optional<Sandboxes.Sandbox> sandbox() {
    return sandbox;
  }

  synchronized void failed(Outcome outcome) {
    if (failure.isEmpty() && !outcome.reason().isEmpty()) {
      failure = Optional.of(outcome);
      if (!pod.recordedTerminal()) {
        node.events().warning(pod.pod(), outcome.reason(), outcome.message());
      }
    }
  }

  synchronized void terminating(Instant now) {
    if (terminatingSince.isEmpty()) {
      terminatingSince = Optional.of(now);
    }
  }

  synchronized ObservedPod observe(BoundPod current, boolean removed) {
    checkSandbox(current);
    Optional<ObservedPod.Sandbox> present =
        sandbox.map(s -> new ObservedPod.Sandbox(s.number(), s.addresses()));
    return new ObservedPod(
        present,
        setup,
        setupProblem,
        setupNotBefore,
        observer.observe(
            current,
            sandbox.map(Sandboxes.Sandbox::number).orElse(0),
            sandbox.map(s -> s.addresses().get(0)).orElse(""),
            starter.specs()),
        failure,
        startTime,
        terminatingSince,
        removed,
        released);
  }

  // A shared PID namespace dies with its first process.
  private void checkSandbox(BoundPod current) {
    boolean holderLost =
        sandbox.isPresent()
            && sandbox.get().holder().isPresent()
            && sandbox.get().holder().get().state().status() != Container.Status.RUNNING;
    if (holderLost && setup == Setup.NONE && !current.isDeleting()) {
      sandbox = Optional.empty();
      node.directories().sandboxIsGone(uid);
    }
  }

  void perform(Action action, BoundPod current) {
    switch (action) {
      case Action.PrepareSandbox _ -> prepare(current);
      case Action.Start start -> start(start, current);
      case Action.CancelStart cancel -> cancelStart(cancel.container());
      case Action.Stop stop -> stop(stop, current);
      case Action.Discard discard -> discard(discard.id());
      case Action.Resize resize -> resize(resize.container(), current);
      case Action.Release _ -> clean(() -> release(false));
      case Action.Finish _ -> clean(this::finish);
    }
  }

  private synchronized void prepare(BoundPod current) {
    setup = Setup.PREPARING;
    Thread.ofVirtual()
        .name("sandbox-" + current)
        .start(
            () -> {
              try {
                Sandboxes.Sandbox made = prepareNow(current);
                synchronized (this) {
                  sandbox = Optional.of(made);
                  setupProblem = Optional.empty();
                  setupNotBefore = Optional.empty();
                  setupBackOff = Duration.ZERO;
                }
              } catch (RuntimeException e) {
                setupFailed(current, e);
              } finally {
                synchronized (this) {
                  setup = Setup.NONE;
                }
                wake.run();
              }
            });
  }

  // Network and volumes have nothing to do with each other: they are made at the same time.
  private Sandboxes.Sandbox prepareNow(BoundPod current) {
    PodVolumes mounting = volumes;
    CompletableFuture<Void> mounts = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("volumes-" + current)
        .start(
            () -> {
              try {
                mounting.mount(current.pod(), starter.specs().surroundings(List.of()));
                mounts.complete(null);
              } catch (RuntimeException e) {
                mounts.completeExceptionally(e);
              }
            });
    try {
      return sandboxes.prepare(current);
    } finally {
      try {
        mounts.join();
      } catch (CompletionException e) {
        if (e.getCause() instanceof RuntimeException cause) {
          setupVolumesFailed(cause);
        }
      }
    }
  }

  private static void setupVolumesFailed(RuntimeException cause) {
    throw cause;
  }

  private synchronized void setupFailed(BoundPod current, RuntimeException e) {
    setupBackOff = StartFailure.next(setupBackOff);
    setupNotBefore = Optional.of(node.clock().instant().plus(setupBackOff));
    String message = String.valueOf(e.getMessage());
    setupProblem = Optional.of(new Waiting("ContainerCreating", message));
    boolean volume = e instanceof VolumeException;
    node.events()
        .warning(current.pod(), volume ? "FailedMount" : "FailedCreatePodSandBox", message);
    log.debug("Pod {}: no sandbox yet", current, e);
  }

  private synchronized void start(Action.Start action, BoundPod current) {
    PodContainer container = current.container(action.container()).orElseThrow();
    Track track = observer.track(action.container());
    Sandboxes.Sandbox into = sandbox.orElseThrow();
    PodVolumes mounted = volumes;
    track.job = Job.STARTING;
    track.start =
        Thread.ofVirtual()
            .name("start-" + current + "-" + container.name())
            .start(
                () -> {
                  Optional<StartFailure> failed =
                      starter.start(current, container, action, into, mounted, wake);
                  synchronized (this) {
                    observer.startEnded(current, container, action, into.number(), failed);
                  }
                  wake.run();
                });
  }

  private synchronized void cancelStart(String container) {
    Track track = observer.track(container);
    if (track.start != null) {
      track.start.interrupt();
    }
  }

  private synchronized void stop(Action.Stop action, BoundPod current) {
    Track track = observer.track(action.container());
    if (track.stop != null) {
      track.stop.hasten(action.deadline());
      return;
    }
    PodContainer container = current.container(action.container()).orElseThrow();
    Optional<Container> running = observer.running(container.name());
    if (running.isEmpty()) {
      return;
    }
    if (track.probes != null) {
      track.probes.ending();
    }
    node.events()
        .record(
            current.pod(), PodWorker.fieldPath(container), "Normal", "Killing", action.message());
    String address = sandbox.map(s -> s.addresses().get(0)).orElse("");
    StopJob job = new StopJob(node, current, container, running.get(), address, action.deadline());
    track.stop = job;
    if (track.job == Job.NONE) {
      track.job = Job.STOPPING;
    }
    job.start(
        () -> {
          synchronized (this) {
            track.stop = null;
            if (track.job == Job.STOPPING) {
              track.job = Job.NONE;
            }
          }
          wake.run();
        });
  }

  private synchronized void discard(String id) {
    if (observer.forgetRefused(id) || !discarding.add(id)) {
      return;
    }
    Thread.ofVirtual()
        .name("discard-" + pod)
        .start(
            () -> {
              try {
                node.engine().containers().find(id).ifPresent(Container::remove);
              } catch (EngineException e) {
                log.warn("Pod {}: an old container could not be removed: {}", pod, e.getMessage());
              } finally {
                synchronized (this) {
                  discarding.remove(id);
                }
                wake.run();
              }
            });
  }

  private synchronized void resize(String name, BoundPod current) {
    PodContainer container = current.container(name).orElseThrow();
    Resources limits = starter.specs().limits(current, container);
    observer
        .running(name)
        .ifPresent(
            running -> {
              try {
                node.cgroups().apply(uid, PodResources.of(current.pod()));
                running.update(limits);
                node.events()
                    .record(
                        current.pod(),
                        PodWorker.fieldPath(container),
                        "Normal",
                        "ResizeCompleted",
                        "Resources of container " + name + " were changed");
              } catch (EngineException e) {
                node.events()
                    .record(
                        current.pod(),
                        PodWorker.fieldPath(container),
                        "Warning",
                        "ResizeFailed",
                        e.getMessage());
              }
            });
    observer.resized(name, limits);
  }

  private synchronized void clean(Runnable work) {
    if (setup != Setup.NONE) {
      return;
    }
    setup = Setup.CLEANING;
    Thread.ofVirtual()
        .name("clean-" + pod)
        .start(
            () -> {
              try {
                work.run();
              } catch (RuntimeException e) {
                log.warn("Pod {} could not be cleaned up, it is tried again", pod, e);
                node.alarms().after(Duration.ofSeconds(2), "clean-" + pod, wake);
              } finally {
                synchronized (this) {
                  setup = Setup.NONE;
                }
                wake.run();
              }
            });
  }

  /** Takes away all but the ended containers, or them too. */
  private void release(boolean containersToo) {
    synchronized (this) {
      observer.closeProbes();
    }
    if (containersToo) {
      for (Container c : node.engine().containers().list(RunLabels.owner(uid))) {
        c.remove();
      }
    }
    volumes.unmount();
    sandboxes.release(uid);
    synchronized (this) {
      sandbox = Optional.empty();
      released = true;
    }
  }

  private void finish() {
    BoundPod last = pod;
    boolean atApi = last.isDeleting();
    // What the containers ended with is told before they are removed.
    node.status().awaitSent(uid, STATUS_TAKES);
    release(true);
    if (atApi) {
      try {
        node.pods().delete(last.namespace(), last.name(), new DeleteOptions(0L, "", uid, ""));
      } catch (StatusException e) {
        if (!e.isNotFound() && !e.isConflict()) {
          throw e;
        }
      }
    }
    node.directories().delete(uid);
    node.status().forget(uid);
    node.images().forget(uid);
    gone = true;
    onGone.run();
  }

  /** Containers and sandbox stay; nothing here runs any more. */
  synchronized void close() {
    observer.closeProbes();
    volumes.close();
  }

  /** The engine's container of a name, the newest or the one before. */
  synchronized Optional<Container> container(String name, boolean previous) {
    return observer.newest(name, previous);
  }

  /** What is known of a container. */
  ObservedContainer observed(BoundPod current, String name) {
    return observe(current, false).container(name);
  }

  /** All the pod's runs that the engine has. */
  synchronized List<ContainerRun> runs(String name) {
    return observer.runs(name);
  }
}
