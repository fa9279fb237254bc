package dev.mokha.node.status;

import dev.mokha.node.pod.BoundPod;
import dev.mokha.node.pod.ContainerKind;
import dev.mokha.node.pod.ContainerRun;
import dev.mokha.node.pod.ObservedContainer;
import dev.mokha.node.pod.ObservedPod;
import dev.mokha.node.pod.PodContainer;
import dev.mokha.node.pod.RestartRules;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/** The statuses of a pod's containers. */
final class ContainerStatuses {
  private static final String ID_SCHEME = "mokha://";

  private final BoundPod pod;
  private final ObservedPod observed;
  private final Instant now;
  private final boolean ending;

  /**
   * Statuses at a moment.
   *
   * @param ending nothing of the pod is to be started again
   */
  ContainerStatuses(BoundPod pod, ObservedPod observed, Instant now, boolean ending) {
    this.pod = pod;
    this.observed = observed;
    this.now = now;
    this.ending = ending;
  }

  List<ContainerStatus> of(List<ContainerStatus> recorded, ContainerKind... kinds) {
    return pod.containers().stream()
        .filter(c -> List.of(kinds).contains(c.kind()))
        .map(c -> status(c, recorded))
        .toList();
  }

  private ContainerStatus status(PodContainer c, List<ContainerStatus> recorded) {
    ObservedContainer state = observed.container(c.name());
    Optional<ContainerRun> newest = state.newest();
    Optional<ContainerStatus> before =
        recorded.stream().filter(s -> c.name().equals(s.getName())).findFirst();
    boolean regularInit = c.kind() == ContainerKind.INIT;
    if (newest.isEmpty() && ending && before.isPresent() && hasRun(before.get())) {
      // The runs were removed; what was told of them stays true.
      return new ContainerStatusBuilder(before.get())
          .withReady(regularInit && succeeded(before.get().getState()))
          .withStarted(false)
          .build();
    }
    ContainerStatusBuilder status =
        new ContainerStatusBuilder()
            .withName(c.name())
            .withImage(newest.map(ContainerRun::image).orElse(c.spec().getImage()))
            .withImageID(newest.map(ContainerRun::imageId).orElse(""))
            .withRestartCount(Math.max(0, state.lastAttempt()))
            .withState(state(c, state))
            .withLastState(lastState(state, before));
    newest.ifPresent(run -> status.withContainerID(ID_SCHEME + run.id()));
    if (state.isRunning() && c.spec().getResources() != null) {
      status.withResources(c.spec().getResources());
      if (!c.spec().getResources().getRequests().isEmpty()) {
        status.withAllocatedResources(c.spec().getResources().getRequests());
      }
    }
    boolean ready =
        regularInit
            ? succeeded(status.buildState())
            : state.isRunning() && state.ready() && c.kind() != ContainerKind.EPHEMERAL;
    status.withReady(ready);
    if (c.kind() != ContainerKind.EPHEMERAL) {
      status.withStarted(state.isRunning() && (regularInit ? false : state.started()));
    }
    return status.build();
  }

  /** An init container is ready once it has ended well, and stays so after its sandbox is gone. */
  private static boolean succeeded(ContainerState state) {
    return state != null
        && state.getTerminated() != null
        && Integer.valueOf(0).equals(state.getTerminated().getExitCode());
  }

  private static boolean hasRun(ContainerStatus status) {
    return status.getContainerID() != null && !status.getContainerID().isEmpty();
  }

  private ContainerState state(PodContainer c, ObservedContainer state) {
    if (state.current().isEmpty() || state.current().get().phase() == ContainerRun.Phase.CREATED) {
      Optional<ContainerRun> last = state.newest().filter(ContainerRun::isExited);
      boolean over =
          last.isPresent()
              && (ending
                  || (c.kind() == ContainerKind.MAIN
                      && !RestartRules.restarts(pod, c, last.get())));
      if (over) {
        return terminated(last.get());
      }
      return waiting(c, state);
    }
    ContainerRun run = state.current().get();
    if (run.isRunning()) {
      return new ContainerStateBuilder()
          .withNewRunning()
          .withStartedAt(time(run.started()))
          .endRunning()
          .build();
    }
    if (ending || !RestartRules.restarts(pod, c, run)) {
      return terminated(run);
    }
    if (state.waiting().isPresent()) {
      return waiting(c, state);
    }
    Instant at = RestartRules.restartAt(c, run);
    if (at.isAfter(now)) {
      return waiting(
          "CrashLoopBackOff",
          "back-off %s restarting failed container=%s pod=%s_%s(%s)"
              .formatted(text(run.backOff()), c.name(), pod.name(), pod.namespace(), pod.uid()));
    }
    return terminated(run);
  }

  private ContainerState lastState(ObservedContainer state, Optional<ContainerStatus> before) {
    Optional<ContainerRun> last;
    boolean currentIsLast =
        state.current().isPresent()
            && state.current().get().isExited()
            && !shownAsTerminated(state.current().get());
    if (currentIsLast) {
      last = state.current();
    } else if (state.current().isEmpty() && ending) {
      last = state.older().stream().skip(1).findFirst();
    } else {
      last = state.older().stream().filter(ContainerRun::isExited).findFirst();
    }
    if (last.isPresent()) {
      return terminated(last.get());
    }
    // After a wiped engine only the API knows.
    boolean known =
        state.newest().isEmpty() && before.isPresent() && before.get().getLastState() != null;
    return known ? before.get().getLastState() : new ContainerState();
  }

  private boolean shownAsTerminated(ContainerRun run) {
    PodContainer c = pod.container(run.container()).orElse(null);
    if (c == null || ending || !RestartRules.restarts(pod, c, run)) {
      return true;
    }
    ObservedContainer state = observed.container(run.container());
    return state.waiting().isEmpty() && !RestartRules.restartAt(c, run).isAfter(now);
  }

  private ContainerState waiting(PodContainer c, ObservedContainer state) {
    if (state.waiting().isPresent()) {
      return waiting(state.waiting().get().reason(), state.waiting().get().message());
    }
    // As upstream has it: of all containers of a pod with init containers, once they are done too.
    return waiting(hasInit() ? "PodInitializing" : "ContainerCreating", null);
  }

  private boolean hasInit() {
    return pod.containers().stream().anyMatch(ContainerStatuses::isInit);
  }

  private static boolean isInit(PodContainer c) {
    return c.kind() == ContainerKind.INIT || c.kind() == ContainerKind.SIDECAR;
  }

  private static ContainerState waiting(String reason, String message) {
    return new ContainerStateBuilder()
        .withNewWaiting()
        .withReason(reason)
        .withMessage(message)
        .endWaiting()
        .build();
  }

  private static ContainerState terminated(ContainerRun run) {
    String reason =
        run.oomKilled()
            ? "OOMKilled"
            : run.started() == null ? "StartError" : run.exitCode() == 0 ? "Completed" : "Error";
    return new ContainerStateBuilder()
        .withNewTerminated()
        .withExitCode(run.exitCode())
        .withReason(reason)
        .withMessage(run.message().isEmpty() ? null : run.message())
        .withStartedAt(time(run.started() == null ? run.created() : run.started()))
        .withFinishedAt(time(run.finished() == null ? run.created() : run.finished()))
        .withContainerID(ID_SCHEME + run.id())
        .endTerminated()
        .build();
  }

  private static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  // 10s, 1m20s, 5m0s: the form in which durations are told in messages.
  private static String text(Duration d) {
    return d.toMinutes() == 0 ? d.toSeconds() + "s" : d.toMinutes() + "m" + d.toSecondsPart() + "s";
  }
}
