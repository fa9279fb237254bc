package dev.mokha.node.lifecycle;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.Resources;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.volumewatch.HealPolicy;
import dev.mokha.linux.Nodes;
import dev.mokha.linux.Signals;
import dev.mokha.node.environment.ContainerEnvironment;
import dev.mokha.node.environment.Identity;
import dev.mokha.node.environment.PodFields;
import dev.mokha.node.environment.ServiceVariables;
import dev.mokha.node.pod.BoundPod;
import dev.mokha.node.pod.PodContainer;
import dev.mokha.node.registration.NodeObject;
import dev.mokha.node.resources.PodResources;
import dev.mokha.node.volume.PodVolumes;
import io.fabric8.kubernetes.api.model.Service;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes the engine's specification of a pod's container. */
final class ContainerSpecs {
  private static final long LOG_BYTES = 10L << 20;
  private static final int LOG_FILES = 5;
  private static final Duration SERVICES_TAKE = Duration.ofSeconds(10);
  private static final String TERMINATION_LOG = "/dev/termination-log";

  private final NodeServices node;
  private final Sandboxes sandboxes;

  ContainerSpecs(NodeServices node, Sandboxes sandboxes) {
    this.node = requireNonNull(node, "node");
    this.sandboxes = requireNonNull(sandboxes, "sandboxes");
  }

  /**
   * The specification of a run.
   *
   * @param processes the process whose PID namespace is joined; empty for a new one
   */
  ContainerSpec of(
      BoundPod pod,
      PodContainer container,
      int attempt,
      Duration backOff,
      Sandboxes.Sandbox sandbox,
      PodVolumes volumes,
      Image image,
      Optional<Container> processes) {
    var spec = container.spec();
    PodFields.Surroundings surroundings = surroundings(sandbox.addresses());
    Map<String, String> variables =
        node.environment().variables(pod.pod(), spec, services(pod), surroundings);
    String workingDir =
        spec.getWorkingDir() == null || spec.getWorkingDir().isEmpty()
            ? image.config().workingDir()
            : spec.getWorkingDir();
    PodResources resources = PodResources.of(pod.pod());
    return ContainerSpec.builder()
        .owner(RunLabels.owner(pod.uid()))
        .labels(RunLabels.encode(pod, container, attempt, sandbox.number(), backOff, image.id()))
        .image(image.id())
        .args(ContainerEnvironment.commandLine(spec, image.config(), variables))
        .env(ContainerEnvironment.complete(image.config(), variables, sandboxes.hostname(pod)))
        .workingDir(workingDir)
        .user(Identity.user(pod.pod(), spec, image.config().user()))
        .namespaces(namespaces(pod, sandbox, processes))
        .users(sandbox.users())
        .mounts(mounts(pod, container, attempt, volumes, variables))
        .annotations(annotations(pod))
        .resources(limits(pod, container))
        .cgroupParent(node.cgroups().path(pod.uid(), resources.qos()))
        .security(Identity.security(pod.pod(), spec, node.config().dataDir().resolve("seccomp")))
        .tty(Boolean.TRUE.equals(spec.getTty()))
        .stdin(Boolean.TRUE.equals(spec.getStdin()))
        .stdinOnce(Boolean.TRUE.equals(spec.getStdinOnce()))
        .logPath(log(pod, container, attempt))
        .logMaxBytes(LOG_BYTES)
        .logMaxFiles(LOG_FILES)
        .stopSignal(stopSignal(container, image))
        .build();
  }

  /** What the engine is to know of the pod's annotations. */
  private static Map<String, String> annotations(BoundPod pod) {
    Map<String, String> all = pod.pod().getMetadata().getAnnotations();
    String policy = all == null ? null : all.get(HealPolicy.ANNOTATION);
    return policy == null ? Map.of() : Map.of(HealPolicy.ANNOTATION, policy);
  }

  /** A container's limits as its specification has them now. */
  Resources limits(BoundPod pod, PodContainer container) {
    return PodResources.of(pod.pod())
        .container(
            pod.pod(), container.spec(), node.machine().memoryBytes(), node.config().podPidLimit());
  }

  PodFields.Surroundings surroundings(List<String> addresses) {
    return new PodFields.Surroundings(
        addresses,
        node.config().nodeAddress().getHostAddress(),
        NodeObject.allocatable(node.config(), node.machine(), node.takings().now()));
  }

  private Map<String, String> services(BoundPod pod) {
    // A container that started before Services are known would miss them for good.
    node.services().awaitSync(SERVICES_TAKE);
    List<Service> services = new ArrayList<>(node.services().list(pod.namespace()));
    node.services().find("default", "kubernetes").ifPresent(services::add);
    boolean links = !Boolean.FALSE.equals(pod.spec().getEnableServiceLinks());
    return ServiceVariables.of(services, pod.namespace(), links);
  }

  private ContainerSpec.Namespaces namespaces(
      BoundPod pod, Sandboxes.Sandbox sandbox, Optional<Container> processes) {
    boolean hostIpc = Boolean.TRUE.equals(pod.spec().getHostIPC());
    boolean hostPid = Boolean.TRUE.equals(pod.spec().getHostPID());
    String cgroup = node.hierarchies().unified() ? "" : "host";
    String pid =
        hostPid ? "host" : processes.map(c -> "/proc/" + c.state().pid() + "/ns/pid").orElse("");
    return sandbox
        .attachment()
        .map(
            a ->
                new ContainerSpec.Namespaces(
                    a.networkNamespace().toString(),
                    hostIpc ? "host" : a.ipcNamespace().toString(),
                    a.utsNamespace().toString(),
                    pid,
                    cgroup))
        .orElseGet(
            () -> new ContainerSpec.Namespaces("host", hostIpc ? "host" : "", "host", pid, cgroup));
  }

  private List<ContainerSpec.Mount> mounts(
      BoundPod pod,
      PodContainer container,
      int attempt,
      PodVolumes volumes,
      Map<String, String> variables) {
    List<ContainerSpec.Mount> mounts = new ArrayList<>();
    List<ContainerSpec.Mount> own = volumes.mounts(container.spec(), variables);
    Path shared = node.directories().sharedMemory(pod.uid());
    if (Boolean.TRUE.equals(pod.spec().getHostIPC())) {
      add(mounts, own, Path.of("/dev/shm"), "/dev/shm", false);
    } else if (Files.isDirectory(shared)) {
      add(mounts, own, shared, "/dev/shm", false);
    }
    boolean readOnlyRoot =
        container.spec().getSecurityContext() != null
            && Boolean.TRUE.equals(
                container.spec().getSecurityContext().getReadOnlyRootFilesystem());
    add(mounts, own, node.directories().etc(pod.uid(), "hosts"), "/etc/hosts", false);
    add(
        mounts,
        own,
        node.directories().etc(pod.uid(), "resolv.conf"),
        "/etc/resolv.conf",
        readOnlyRoot);
    add(mounts, own, node.directories().etc(pod.uid(), "hostname"), "/etc/hostname", readOnlyRoot);
    mounts.addAll(own);
    add(mounts, own, terminationFile(pod, container, attempt), terminationPath(container), false);
    return mounts;
  }

  // What the pod itself mounts at a place comes before what the node would.
  private static void add(
      List<ContainerSpec.Mount> mounts,
      List<ContainerSpec.Mount> own,
      Path source,
      String destination,
      boolean readOnly) {
    if (own.stream().noneMatch(m -> m.destination().equals(destination))) {
      mounts.add(ContainerSpec.Mount.bind(source, destination, readOnly));
    }
  }

  private static String terminationPath(PodContainer container) {
    String path = container.spec().getTerminationMessagePath();
    return path == null || path.isEmpty() ? TERMINATION_LOG : path;
  }

  private Path terminationFile(BoundPod pod, PodContainer container, int attempt) {
    Path file = node.directories().termination(pod.uid(), container.name(), attempt);
    try {
      Files.createDirectories(file.getParent());
      if (!Files.exists(file)) {
        Files.createFile(file);
      }
      Nodes.mode(file, 0666);
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException("Can't make " + file, e);
    }
  }

  private Path log(BoundPod pod, PodContainer container, int attempt) {
    Path file = node.directories().log(pod, container.name(), attempt);
    try {
      Files.createDirectories(file.getParent());
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException("Can't make " + file.getParent(), e);
    }
  }

  private static int stopSignal(PodContainer container, Image image) {
    String name =
        container.spec().getLifecycle() == null
            ? null
            : container.spec().getLifecycle().getStopSignal();
    if (name == null || name.isEmpty()) {
      name = image.config().stopSignal();
    }
    return name == null || name.isEmpty() ? Signals.TERM : Signals.number(name);
  }
}
