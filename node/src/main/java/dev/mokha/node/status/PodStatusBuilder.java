package dev.mokha.node.status;

import dev.mokha.node.pod.BoundPod;
import dev.mokha.node.pod.ContainerKind;
import dev.mokha.node.pod.ObservedPod;
import dev.mokha.node.pod.Outcome;
import dev.mokha.node.pod.Plan;
import dev.mokha.node.pod.PodPlanner;
import dev.mokha.node.resources.PodResources;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HostIP;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.PodReadinessGate;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Makes a pod's status from what is observed. A pure function: the same in gives the same out, so
 * that an unchanged pod costs no request. Conditions that others set are carried over.
 */
public final class PodStatusBuilder {
  private final BoundPod pod;
  private final ObservedPod observed;
  private final Optional<Outcome> outcome;
  private final PodStatus before;
  private final Instant now;

  private PodStatusBuilder(
      BoundPod pod, ObservedPod observed, Plan plan, PodStatus before, Instant now) {
    this.pod = pod;
    this.observed = observed;
    this.outcome = plan.outcome();
    this.before = before == null ? new PodStatus() : before;
    this.now = now;
  }

  /**
   * The status.
   *
   * @param before what the API was last told, or has; null for nothing
   * @param hostAddress the node's own address
   */
  public static PodStatus build(
      BoundPod pod,
      ObservedPod observed,
      Plan plan,
      PodStatus before,
      String hostAddress,
      Instant now) {
    return new PodStatusBuilder(pod, observed, plan, before, now).build(hostAddress);
  }

  private PodStatus build(String hostAddress) {
    boolean ending = outcome.isPresent() || pod.isDeleting() || observed.removed();
    ContainerStatuses statuses = new ContainerStatuses(pod, observed, now, ending);
    List<ContainerStatus> init =
        statuses.of(before.getInitContainerStatuses(), ContainerKind.INIT, ContainerKind.SIDECAR);
    List<ContainerStatus> main = statuses.of(before.getContainerStatuses(), ContainerKind.MAIN);
    List<ContainerStatus> ephemeral =
        statuses.of(before.getEphemeralContainerStatuses(), ContainerKind.EPHEMERAL);

    PodStatus status = new PodStatus();
    status.setObservedGeneration(pod.pod().getMetadata().getGeneration());
    status.setStartTime(observed.startTime().truncatedTo(ChronoUnit.SECONDS).toString());
    status.setHostIP(hostAddress);
    status.setHostIPs(List.of(new HostIP(hostAddress)));
    addresses(status);
    status.setQosClass(
        before.getQosClass() == null
            ? PodResources.of(pod.pod()).qos().text()
            : before.getQosClass());
    status.setInitContainerStatuses(init);
    status.setContainerStatuses(main);
    status.setEphemeralContainerStatuses(ephemeral);
    status.setNominatedNodeName(before.getNominatedNodeName());
    boolean quiet = pod.containers().stream().allMatch(c -> observed.container(c.name()).isQuiet());
    boolean initialized = initialized(init);
    String phase = phase(init, main, initialized, ending && quiet);
    status.setPhase(phase);
    outcome.ifPresent(
        o -> {
          status.setReason(o.reason().isEmpty() ? null : o.reason());
          status.setMessage(o.message().isEmpty() ? null : o.message());
        });
    status.setConditions(conditions(status, initialized));
    return status;
  }

  private boolean initialized(List<ContainerStatus> init) {
    return init.isEmpty()
        || PodPlanner.initialized(pod, observed)
        || (observed.sandbox().isEmpty() && recorded("Initialized") && startedOnce());
  }

  private boolean startedOnce() {
    return pod.containers(ContainerKind.MAIN).stream()
        .anyMatch(c -> observed.container(c.name()).lastAttempt() >= 0);
  }

  private boolean recorded(String type) {
    return before.getConditions().stream()
        .anyMatch(c -> type.equals(c.getType()) && "True".equals(c.getStatus()));
  }

  private void addresses(PodStatus status) {
    List<String> addresses =
        observed.sandbox().map(ObservedPod.Sandbox::addresses).orElse(List.of());
    if (!addresses.isEmpty()) {
      status.setPodIP(addresses.get(0));
      status.setPodIPs(addresses.stream().map(PodIP::new).toList());
    } else {
      // Kept over the end, and until a new sandbox has another.
      status.setPodIP(before.getPodIP());
      status.setPodIPs(before.getPodIPs());
    }
  }

  private String phase(
      List<ContainerStatus> init,
      List<ContainerStatus> main,
      boolean initialized,
      boolean endedQuietly) {
    if (pod.recordedTerminal()) {
      return pod.recordedPhase();
    }
    if (outcome.isPresent() && endedQuietly) {
      return outcome.get().phase();
    }
    String phase = PodPhase.of(pod, init, main, initialized, endedQuietly);
    boolean terminal = phase.equals("Succeeded") || phase.equals("Failed");
    if (terminal && !endedQuietly) {
      // Something, a sidecar say, still runs: the end is told when it is one.
      return "Running";
    }
    return phase;
  }

  private List<PodCondition> conditions(PodStatus status, boolean initialized) {
    List<PodCondition> result = new ArrayList<>();
    boolean sandbox = observed.sandbox().isPresent() && !observed.released();
    add(result, "PodReadyToStartContainers", sandbox, null, null);
    boolean succeeded = status.getPhase().equals("Succeeded");
    if (succeeded) {
      add(result, "Initialized", true, "PodCompleted", null);
    } else if (initialized) {
      add(result, "Initialized", true, null, null);
    } else {
      add(
          result,
          "Initialized",
          false,
          "ContainersNotInitialized",
          names("containers with incomplete status: ", notReady(status, true)));
    }
    List<String> unready = notReady(status, false);
    String reason = null;
    String message = null;
    if (succeeded) {
      reason = "PodCompleted";
    } else if (status.getPhase().equals("Failed")) {
      reason = "PodFailed";
    } else if (!unready.isEmpty()) {
      reason = "ContainersNotReady";
      message = names("containers with unready status: ", unready);
    }
    boolean containersReady = reason == null && initialized;
    add(result, "ContainersReady", containersReady, reason, message);
    List<String> gates = closedGates();
    boolean terminating = pod.isDeleting() && reason == null && status.getPhase().equals("Pending");
    if (containersReady && !gates.isEmpty()) {
      add(result, "Ready", false, "ReadinessGatesNotReady", String.join(", ", gates));
    } else {
      add(result, "Ready", containersReady && !terminating, reason, message);
    }
    if (condition("PodScheduled").isEmpty()) {
      add(result, "PodScheduled", true, null, null);
    }
    for (PodCondition other : before.getConditions()) {
      if (result.stream().noneMatch(c -> c.getType().equals(other.getType()))) {
        result.add(other);
      }
    }
    return result;
  }

  private List<String> closedGates() {
    List<String> closed = new ArrayList<>();
    for (PodReadinessGate gate : pod.spec().getReadinessGates()) {
      String type = gate.getConditionType();
      Optional<PodCondition> condition =
          pod.pod().getStatus() == null
              ? Optional.empty()
              : pod.pod().getStatus().getConditions().stream()
                  .filter(c -> type.equals(c.getType()))
                  .findFirst();
      if (condition.isEmpty()) {
        closed.add(
            "corresponding condition of pod readiness gate \"%s\" does not exist.".formatted(type));
      } else if (!"True".equals(condition.get().getStatus())) {
        closed.add(
            "the status of pod readiness gate \"%s\" is not \"True\", but %s"
                .formatted(type, condition.get().getStatus()));
      }
    }
    return closed;
  }

  private List<String> notReady(PodStatus status, boolean init) {
    List<String> names = new ArrayList<>();
    for (ContainerStatus c : status.getInitContainerStatuses()) {
      boolean sidecar =
          pod.container(c.getName()).map(p -> p.kind() == ContainerKind.SIDECAR).orElse(false);
      boolean lacking =
          init ? !(sidecar ? c.getStarted() : c.getReady()) : sidecar && !c.getReady();
      if (lacking) {
        names.add(c.getName());
      }
    }
    if (!init) {
      status.getContainerStatuses().stream()
          .filter(c -> !c.getReady())
          .forEach(c -> names.add(c.getName()));
    }
    return names;
  }

  private static String names(String text, List<String> names) {
    return text + "[" + String.join(" ", names) + "]";
  }

  private Optional<PodCondition> condition(String type) {
    return before.getConditions().stream().filter(c -> type.equals(c.getType())).findFirst();
  }

  private void add(
      List<PodCondition> to, String type, boolean value, String reason, String message) {
    String status = value ? "True" : "False";
    Optional<PodCondition> old = condition(type);
    boolean same = old.isPresent() && Objects.equals(old.get().getStatus(), status);
    to.add(
        new PodConditionBuilder()
            .withType(type)
            .withStatus(status)
            .withReason(reason)
            .withMessage(message)
            .withObservedGeneration(pod.pod().getMetadata().getGeneration())
            .withLastProbeTime(null)
            .withLastTransitionTime(
                same
                    ? old.get().getLastTransitionTime()
                    : now.truncatedTo(ChronoUnit.SECONDS).toString())
            .build());
  }
}
