package dev.mokha.node.lifecycle;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.Resources;
import dev.mokha.node.pod.Action;
import dev.mokha.node.pod.BoundPod;
import dev.mokha.node.pod.ContainerKind;
import dev.mokha.node.pod.ContainerRun;
import dev.mokha.node.pod.ObservedContainer;
import dev.mokha.node.pod.ObservedContainer.Job;
import dev.mokha.node.pod.ObservedContainer.Resize;
import dev.mokha.node.pod.ObservedContainer.Waiting;
import dev.mokha.node.pod.PodContainer;
import dev.mokha.node.probe.Check;
import dev.mokha.node.probe.ContainerProbes;
import io.fabric8.kubernetes.api.model.ContainerResizePolicy;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Sees what is of one pod's containers: what the engine has, what the probes say, and what the
 * worker remembers. Guarded by its {@link PodRuntime}.
 */
final class PodObserver {
  private static final int REFUSED_EXIT_CODE = 128;

  private final NodeServices node;
  private final Runnable wake;
  private final String owner;
  private final Map<String, Track> tracks = new HashMap<>();
  // Ended runs never change: their termination message is read once.
  private final Map<String, ContainerRun> ended = new HashMap<>();
  private BoundPod pod;

  PodObserver(NodeServices node, BoundPod pod, Runnable wake) {
    this.node = requireNonNull(node, "node");
    this.pod = requireNonNull(pod, "pod");
    this.wake = requireNonNull(wake, "wake");
    this.owner = RunLabels.owner(pod.uid());
  }

  Track track(String container) {
    return tracks.computeIfAbsent(container, name -> newTrack());
  }

  private static Track newTrack() {
    return new Track();
  }

  Map<String, ObservedContainer> observe(
      BoundPod current, int sandbox, String address, ContainerSpecs specs) {
    pod = current;
    Map<String, List<Container>> byName = new HashMap<>();
    for (Container c : node.engine().containers().list(owner)) {
      if (!RunLabels.isHolder(c)) {
        byName.computeIfAbsent(RunLabels.name(c), n -> new ArrayList<>()).add(c);
      }
    }
    Map<String, ObservedContainer> result = new HashMap<>();
    for (PodContainer c : current.containers()) {
      List<Container> have = byName.getOrDefault(c.name(), List.of());
      result.put(c.name(), observe(c, have, sandbox, address, specs));
    }
    return result;
  }

  private ObservedContainer observe(
      PodContainer c, List<Container> have, int sandbox, String address, ContainerSpecs specs) {
    Track track = track(c.name());
    List<ContainerRun> runs =
        Stream.concat(have.stream().map(h -> run(c, h)), track.refused.stream())
            .sorted(Comparator.comparingInt(ContainerRun::attempt).reversed())
            .toList();
    // When the sandbox is gone the runs in it are history, unless they still run.
    Optional<ContainerRun> current =
        runs.stream().findFirst().filter(r -> r.sandbox() == sandbox || r.isRunning());
    List<ContainerRun> older = current.isPresent() ? runs.subList(1, runs.size()) : runs;
    Optional<Container> engine =
        current.flatMap(r -> have.stream().filter(h -> h.id().equals(r.id())).findFirst());
    boolean running = current.isPresent() && current.get().isRunning() && engine.isPresent();
    if (running && track.job != Job.STARTING) {
      probe(c, track, current.get(), engine.get(), address);
    } else if (!running) {
      track.closeProbes();
    }
    int known = runs.isEmpty() ? recordedAttempt(c) : runs.get(0).attempt();
    track.lastAttempt = Math.max(track.lastAttempt, known);
    ContainerProbes probes = track.probes;
    return new ObservedContainer(
        current,
        older,
        track.job,
        track.waiting,
        track.notBefore,
        probes != null && probes.started(),
        probes != null && probes.ready(),
        probes == null ? Optional.empty() : probes.unhealthy(),
        track.lastAttempt,
        running ? resize(c, track, current.get(), specs) : Resize.NONE);
  }

  private ContainerRun run(PodContainer c, Container container) {
    ContainerRun known = ended.get(container.id());
    if (known != null) {
      return known;
    }
    Container.State state = container.state();
    if (state.status() != Container.Status.EXITED) {
      return RunLabels.decode(container, state, "");
    }
    ContainerRun run = RunLabels.decode(container, state, "");
    String message =
        TerminationMessages.read(
            node.directories().termination(pod.uid(), c.name(), run.attempt()),
            c,
            state,
            node.directories().log(pod, c.name(), run.attempt()));
    run = RunLabels.decode(container, state, message);
    ended.put(container.id(), run);
    return run;
  }

  // What the API remembers of a container that this engine knows nothing of any more.
  private int recordedAttempt(PodContainer c) {
    if (pod.pod().getStatus() == null) {
      return -1;
    }
    var status = pod.pod().getStatus();
    return Stream.of(
            status.getInitContainerStatuses(),
            status.getContainerStatuses(),
            status.getEphemeralContainerStatuses())
        .flatMap(List::stream)
        .filter(s -> c.name().equals(s.getName()))
        .filter(s -> s.getContainerID() != null && !s.getContainerID().isEmpty())
        .map(ContainerStatus::getRestartCount)
        .findFirst()
        .orElse(-1);
  }

  private void probe(
      PodContainer c, Track track, ContainerRun run, Container engine, String address) {
    if (track.probedRun.equals(run.id())) {
      return;
    }
    track.closeProbes();
    track.probedRun = run.id();
    BoundPod owner = pod;
    track.probes =
        new ContainerProbes(
                c.spec(),
                probe -> Check.of(probe, c.spec(), engine, address),
                node.alarms(),
                run.started() == null ? run.created() : run.started(),
                adopted(c, run),
                wake,
                (name, message) ->
                    node.events()
                        .record(
                            owner.pod(),
                            PodWorker.fieldPath(c),
                            "Warning",
                            "Unhealthy",
                            name + " probe failed: " + message))
            .start();
  }

  // A run that the API already knows as running was probed by an earlier daemon.
  private Optional<Boolean> adopted(PodContainer c, ContainerRun run) {
    if (pod.pod().getStatus() == null) {
      return Optional.empty();
    }
    return Stream.concat(
            pod.pod().getStatus().getContainerStatuses().stream(),
            pod.pod().getStatus().getInitContainerStatuses().stream())
        .filter(s -> c.name().equals(s.getName()))
        .filter(s -> s.getContainerID() != null && s.getContainerID().endsWith(run.id()))
        .filter(s -> Boolean.TRUE.equals(s.getStarted()))
        .map(s -> Boolean.TRUE.equals(s.getReady()))
        .findFirst();
  }

  private Resize resize(PodContainer c, Track track, ContainerRun run, ContainerSpecs specs) {
    if (c.kind() == ContainerKind.EPHEMERAL) {
      return Resize.NONE;
    }
    Resources wanted = specs.limits(pod, c);
    if (!track.limitedRun.equals(run.id())) {
      track.limitedRun = run.id();
      track.limits =
          node.engine()
              .containers()
              .find(run.id())
              .map(found -> found.spec().resources())
              .orElse(wanted);
    }
    // The OOM score is set once, at the start.
    Resources has = track.limits;
    boolean cpu =
        has.cpuShares() != wanted.cpuShares() || has.cpuQuotaMicros() != wanted.cpuQuotaMicros();
    boolean memory = has.memoryBytes() != wanted.memoryBytes();
    if (!cpu && !memory) {
      return Resize.NONE;
    }
    boolean restart = false;
    for (ContainerResizePolicy policy : c.spec().getResizePolicy()) {
      boolean concerns = policy.getResourceName().equals("cpu") ? cpu : memory;
      restart |= concerns && "RestartContainer".equals(policy.getRestartPolicy());
    }
    return restart ? Resize.RESTART : Resize.IN_PLACE;
  }

  void resized(String container, Resources limits) {
    track(container).limits = limits;
  }

  /** Takes the end of a start, good or bad. */
  void startEnded(
      BoundPod current,
      PodContainer c,
      Action.Start action,
      int sandbox,
      Optional<StartFailure> failed) {
    Track track = track(c.name());
    track.job = track.stop == null ? Job.NONE : Job.STOPPING;
    track.start = null;
    if (failed.isEmpty()) {
      track.waiting = Optional.empty();
      track.notBefore = Optional.empty();
      track.failureBackOff = Duration.ZERO;
      return;
    }
    StartFailure failure = failed.get();
    Instant now = node.clock().instant();
    if (failure.counts()) {
      // Kept as a run of its own: restart policy and back-off are the same as for a crash.
      track.waiting = Optional.empty();
      track.notBefore = Optional.empty();
      track.refused.add(
          new ContainerRun(
              "refused-" + c.name() + "-" + action.attempt(),
              c.name(),
              action.attempt(),
              sandbox,
              c.hash(),
              action.backOff(),
              ContainerRun.Phase.EXITED,
              now,
              null,
              now,
              REFUSED_EXIT_CODE,
              false,
              failure.message(),
              c.spec().getImage(),
              ""));
      return;
    }
    track.waiting = Optional.of(new Waiting(failure.reason(), failure.message()));
    track.failureBackOff = StartFailure.next(track.failureBackOff);
    track.notBefore = Optional.of(failure.retryAt().orElse(now.plus(track.failureBackOff)));
  }

  boolean forgetRefused(String id) {
    return tracks.values().stream().anyMatch(t -> t.refused.removeIf(r -> r.id().equals(id)));
  }

  void closeProbes() {
    tracks.values().forEach(Track::closeProbes);
  }

  private Stream<Container> containers(String name) {
    return node.engine().containers().list(owner).stream()
        .filter(c -> !RunLabels.isHolder(c) && RunLabels.name(c).equals(name))
        .sorted(
            Comparator.comparingInt((Container c) -> RunLabels.decode(c, c.state(), "").attempt())
                .reversed());
  }

  Optional<Container> running(String name) {
    return containers(name)
        .filter(
            c ->
                c.state().status() == Container.Status.RUNNING
                    || c.state().status() == Container.Status.PAUSED)
        .findFirst();
  }

  Optional<Container> newest(String name, boolean previous) {
    return containers(name).skip(previous ? 1 : 0).findFirst();
  }

  List<ContainerRun> runs(String name) {
    return containers(name).map(c -> RunLabels.decode(c, c.state(), "")).toList();
  }
}
