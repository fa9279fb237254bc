package dev.mokha.node.pod;

import dev.mokha.node.pod.ObservedContainer.Job;
import dev.mokha.node.pod.ObservedContainer.Resize;
import dev.mokha.node.pod.ObservedPod.Setup;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Decides what to do next for a pod. A pure function of what should be, what is and the time, so
 * that it may be asked again after any event, after none, and by a new daemon.
 *
 * <p>The order of a pod's life: sandbox; init containers one after the other, sidecars among them
 * as soon as each has started; main containers in order, each after the postStart hook of the one
 * before; at the end main containers together, then sidecars in reverse order; then the sandbox.
 */
public final class PodPlanner {
  private PodPlanner() {}

  /** The plan. */
  public static Plan plan(BoundPod pod, ObservedPod observed, Instant now) {
    return new Planning(pod, observed, now).plan();
  }

  /** How the pod ended, if nothing can change that any more. */
  public static Optional<Outcome> outcome(BoundPod pod, ObservedPod observed) {
    if (pod.recordedTerminal()) {
      String reason = pod.pod().getStatus().getReason();
      String message = pod.pod().getStatus().getMessage();
      return Optional.of(
          new Outcome(
              pod.recordedPhase(), reason == null ? "" : reason, message == null ? "" : message));
    }
    if (observed.failure().isPresent()) {
      return observed.failure();
    }
    boolean allSucceeded = true;
    for (PodContainer c : pod.containers()) {
      ObservedContainer state = observed.container(c.name());
      // Of whatever sandbox: a run that ended for good before a reboot stays ended.
      Optional<ContainerRun> last = state.newest();
      switch (c.kind()) {
        case INIT -> {
          if (last.isPresent()
              && last.get().isExited()
              && last.get().exitCode() != 0
              && state.job() == Job.NONE
              && !RestartRules.restarts(pod, c, last.get())) {
            return Optional.of(Outcome.FAILED);
          }
        }
        case MAIN -> {
          if (last.isEmpty()
              || !last.get().isExited()
              || state.job() != Job.NONE
              || RestartRules.restarts(pod, c, last.get())) {
            return Optional.empty();
          }
          allSucceeded &= last.get().succeeded();
        }
        case SIDECAR, EPHEMERAL -> {}
      }
    }
    return Optional.of(allSucceeded ? Outcome.SUCCEEDED : Outcome.FAILED);
  }

  /** Whether all init containers have done their part in the present sandbox. */
  public static boolean initialized(BoundPod pod, ObservedPod observed) {
    if (observed.sandbox().isEmpty()) {
      return false;
    }
    for (PodContainer c : pod.containers()) {
      ObservedContainer state = observed.container(c.name());
      boolean done =
          switch (c.kind()) {
            case INIT -> state.current().isPresent() && state.current().get().succeeded();
            case SIDECAR -> state.isRunning() && state.started();
            case MAIN, EPHEMERAL -> true;
          };
      if (!done) {
        return mainHasRun(pod, observed);
      }
    }
    return true;
  }

  // A main container's run proves that everything before it was done.
  private static boolean mainHasRun(BoundPod pod, ObservedPod observed) {
    return pod.containers(ContainerKind.MAIN).stream()
        .anyMatch(c -> observed.container(c.name()).current().isPresent());
  }

  /** The state of one planning. */
  private static final class Planning {
    private final BoundPod pod;
    private final ObservedPod observed;
    private final Instant now;
    private final List<Action> actions = new ArrayList<>();
    private Instant wakeAt;

    Planning(BoundPod pod, ObservedPod observed, Instant now) {
      this.pod = pod;
      this.observed = observed;
      this.now = now;
    }

    Plan plan() {
      Optional<Outcome> outcome = outcome(pod, observed);
      if (outcome.isEmpty()) {
        outcome = deadline();
      }
      if (outcome.isPresent() || pod.isDeleting() || observed.removed()) {
        end();
      } else {
        run();
      }
      return new Plan(actions, Optional.ofNullable(wakeAt), outcome);
    }

    private Optional<Outcome> deadline() {
      Long seconds = pod.spec().getActiveDeadlineSeconds();
      if (seconds == null) {
        return Optional.empty();
      }
      Instant at = observed.startTime().plusSeconds(seconds);
      if (at.isAfter(now)) {
        wake(at);
        return Optional.empty();
      }
      return Optional.of(
          Outcome.failed(
              "DeadlineExceeded", "Pod was active on the node longer than the specified deadline"));
    }

    private void wake(Instant at) {
      if (wakeAt == null || at.isBefore(wakeAt)) {
        wakeAt = at;
      }
    }

    private void end() {
      Instant deadline = observed.terminatingSince().orElse(now).plus(pod.grace());
      boolean quiet = true;
      for (PodContainer c : pod.containers()) {
        if (c.kind() != ContainerKind.SIDECAR) {
          quiet &= stop(c, deadline);
        }
      }
      List<PodContainer> sidecars = pod.containers(ContainerKind.SIDECAR).reversed();
      for (PodContainer c : sidecars) {
        if (!quiet) {
          cancelStart(c);
          continue;
        }
        quiet = stop(c, deadline);
      }
      if (!quiet || observed.setup() == Setup.CLEANING) {
        return;
      }
      if (pod.isDeleting() || observed.removed()) {
        actions.add(new Action.Finish());
      } else if (!observed.released()) {
        actions.add(new Action.Release());
      }
    }

    /** True when there is nothing left to stop. */
    private boolean stop(PodContainer c, Instant deadline) {
      ObservedContainer state = observed.container(c.name());
      cancelStart(c);
      if (state.isRunning()) {
        actions.add(new Action.Stop(c.name(), "Stopping container " + c.name(), deadline));
      }
      return state.isQuiet();
    }

    private void cancelStart(PodContainer c) {
      if (observed.container(c.name()).job() == Job.STARTING) {
        actions.add(new Action.CancelStart(c.name()));
      }
    }

    private void run() {
      discardOld();
      if (observed.sandbox().isEmpty()) {
        prepare();
        return;
      }
      if (initialize()) {
        mains();
        ephemerals();
      }
    }

    private void prepare() {
      if (observed.setup() != Setup.NONE) {
        return;
      }
      Instant notBefore = observed.setupNotBefore().orElse(now);
      if (notBefore.isAfter(now)) {
        wake(notBefore);
      } else {
        actions.add(new Action.PrepareSandbox());
      }
    }

    // The present run and one more are kept: `kubectl logs --previous` reads that.
    private void discardOld() {
      for (PodContainer c : pod.containers()) {
        ObservedContainer state = observed.container(c.name());
        int keep = state.current().isPresent() ? 1 : 2;
        for (int i = 0; i < state.older().size(); i++) {
          ContainerRun run = state.older().get(i);
          if (i >= keep || !run.isExited()) {
            actions.add(new Action.Discard(run.id()));
          }
        }
        boolean abandoned =
            state.job() == Job.NONE
                && state.current().isPresent()
                && state.current().get().phase() == ContainerRun.Phase.CREATED;
        if (abandoned) {
          actions.add(new Action.Discard(state.current().get().id()));
        }
      }
    }

    /** Brings the init containers on; true when main containers may run. */
    private boolean initialize() {
      boolean before = initialized(pod, observed);
      for (PodContainer c : pod.containers()) {
        ObservedContainer state = observed.container(c.name());
        if (c.kind() == ContainerKind.SIDECAR) {
          keepRunning(c, state);
          if (!before && !(state.isRunning() && state.started())) {
            return false;
          }
        } else if (c.kind() == ContainerKind.INIT && !before) {
          boolean done = state.current().isPresent() && state.current().get().succeeded();
          if (!done) {
            keepRunning(c, state);
            return false;
          }
        }
      }
      return true;
    }

    private void mains() {
      for (PodContainer c : pod.containers(ContainerKind.MAIN)) {
        ObservedContainer state = observed.container(c.name());
        keepRunning(c, state);
        if (state.job() == Job.STARTING || startPlanned(c)) {
          // The next container waits for this one's postStart hook.
          return;
        }
      }
    }

    private boolean startPlanned(PodContainer c) {
      return actions.stream()
          .anyMatch(a -> a instanceof Action.Start s && s.container().equals(c.name()));
    }

    private void ephemerals() {
      for (PodContainer c : pod.containers(ContainerKind.EPHEMERAL)) {
        ObservedContainer state = observed.container(c.name());
        if (state.newest().isEmpty()) {
          keepRunning(c, state);
        }
      }
    }

    private void keepRunning(PodContainer c, ObservedContainer state) {
      if (state.job() != Job.NONE) {
        return;
      }
      if (state.current().isEmpty()) {
        Optional<ContainerRun> before = state.older().stream().findFirst();
        boolean overForGood =
            c.kind() == ContainerKind.MAIN
                && before.isPresent()
                && !RestartRules.restarts(pod, c, before.get());
        if (overForGood) {
          return;
        }
        start(c, state, before.map(RestartRules::nextBackOff).orElse(Duration.ZERO));
        return;
      }
      ContainerRun run = state.current().get();
      switch (run.phase()) {
        case CREATED -> {} // discarded above; the removal's event brings us back
        case RUNNING -> {
          if (run.sandbox() != observed.sandbox().orElseThrow().number()) {
            stopForRestart(
                c, "Pod sandbox changed, container " + c.name() + " is made anew", Duration.ZERO);
          } else if (!run.hash().equals(c.hash())) {
            stopForRestart(
                c, "Container " + c.name() + " definition changed, will be restarted", null);
          } else if (state.unhealthy().isPresent()) {
            ObservedContainer.Unhealthy unhealthy = state.unhealthy().get();
            stopForRestart(c, unhealthy.message(), unhealthy.grace().orElse(null));
          } else if (state.resizeWanted() == Resize.RESTART) {
            stopForRestart(c, "Container " + c.name() + " is restarted to be resized", null);
          } else if (state.resizeWanted() == Resize.IN_PLACE) {
            actions.add(new Action.Resize(c.name()));
          }
        }
        case EXITED -> {
          if (RestartRules.restarts(pod, c, run)) {
            Instant at = RestartRules.restartAt(c, run);
            if (at.isAfter(now)) {
              wake(at);
            } else {
              start(c, state, RestartRules.nextBackOff(run));
            }
          }
        }
      }
    }

    private void stopForRestart(PodContainer c, String message, Duration grace) {
      Duration time = grace == null ? pod.grace() : grace;
      actions.add(new Action.Stop(c.name(), message, now.plus(time)));
    }

    private void start(PodContainer c, ObservedContainer state, Duration backOff) {
      Instant notBefore = state.notBefore().orElse(now);
      if (notBefore.isAfter(now)) {
        wake(notBefore);
        return;
      }
      actions.add(new Action.Start(c.name(), state.lastAttempt() + 1, backOff));
    }
  }
}
