package dev.mokha.node.pod;

import static java.util.Objects.requireNonNull;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EphemeralContainer;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A pod bound to this host: the API object, with what every part of the node asks of it worked out
 * once.
 */
public final class BoundPod {
  private final Pod pod;
  private final List<PodContainer> containers;

  /** A view of the object, which must not be changed afterwards. */
  public BoundPod(Pod pod) {
    this.pod = requireNonNull(pod, "pod");
    List<PodContainer> all = new ArrayList<>();
    for (Container c : pod.getSpec().getInitContainers()) {
      boolean sidecar = "Always".equals(c.getRestartPolicy());
      all.add(new PodContainer(sidecar ? ContainerKind.SIDECAR : ContainerKind.INIT, c, ""));
    }
    for (Container c : pod.getSpec().getContainers()) {
      all.add(new PodContainer(ContainerKind.MAIN, c, ""));
    }
    for (EphemeralContainer c : pod.getSpec().getEphemeralContainers()) {
      all.add(PodContainer.of(c));
    }
    this.containers = List.copyOf(all);
  }

  /** The object. */
  public Pod pod() {
    return pod;
  }

  /** Its specification. */
  public PodSpec spec() {
    return pod.getSpec();
  }

  /** Its uid. */
  public String uid() {
    return pod.getMetadata().getUid();
  }

  /** Its name. */
  public String name() {
    return pod.getMetadata().getName();
  }

  /** Its namespace. */
  public String namespace() {
    return pod.getMetadata().getNamespace();
  }

  /** All containers: init containers and sidecars in order, then main ones, then ephemeral ones. */
  public List<PodContainer> containers() {
    return containers;
  }

  /** The containers of one kind, in order. */
  public List<PodContainer> containers(ContainerKind kind) {
    return containers.stream().filter(c -> c.kind() == kind).toList();
  }

  /** The container of that name. */
  public Optional<PodContainer> container(String name) {
    return containers.stream().filter(c -> c.name().equals(name)).findFirst();
  }

  /** {@code Always}, {@code OnFailure} or {@code Never}. */
  public String restartPolicy() {
    String policy = spec().getRestartPolicy();
    return policy == null ? "Always" : policy;
  }

  /** True when it uses the host's network. */
  public boolean hostNetwork() {
    return Boolean.TRUE.equals(spec().getHostNetwork());
  }

  /** True when its containers see each other's processes. */
  public boolean sharesProcesses() {
    return Boolean.TRUE.equals(spec().getShareProcessNamespace());
  }

  /** True once its deletion was asked for. */
  public boolean isDeleting() {
    return pod.getMetadata().getDeletionTimestamp() != null;
  }

  /** How long it may take to end. */
  public Duration grace() {
    Long seconds = pod.getMetadata().getDeletionGracePeriodSeconds();
    if (seconds == null) {
      seconds = spec().getTerminationGracePeriodSeconds();
    }
    return Duration.ofSeconds(seconds == null ? 30 : Math.max(0, seconds));
  }

  /** The phase the API has, {@code Pending} when none. */
  public String recordedPhase() {
    return pod.getStatus() == null || pod.getStatus().getPhase() == null
        ? "Pending"
        : pod.getStatus().getPhase();
  }

  /** True when the API has it as Succeeded or Failed: it never runs again. */
  public boolean recordedTerminal() {
    return recordedPhase().equals("Succeeded") || recordedPhase().equals("Failed");
  }

  /** When the node first accepted it, as the API has it. */
  public Optional<Instant> recordedStart() {
    return pod.getStatus() == null || pod.getStatus().getStartTime() == null
        ? Optional.empty()
        : Optional.of(Instant.parse(pod.getStatus().getStartTime()));
  }

  @Override
  public String toString() {
    return namespace() + "/" + name();
  }
}
