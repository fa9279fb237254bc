package dev.mokha.node.registration;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.images.Image;
import dev.mokha.linux.FileSystemStat;
import dev.mokha.linux.KernelFile;
import dev.mokha.node.NodeConfig;
import io.fabric8.kubernetes.api.model.ContainerImage;
import io.fabric8.kubernetes.api.model.DaemonEndpoint;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeConditionBuilder;
import io.fabric8.kubernetes.api.model.NodeDaemonEndpoints;
import io.fabric8.kubernetes.api.model.NodeRuntimeHandler;
import io.fabric8.kubernetes.api.model.NodeRuntimeHandlerFeatures;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.NodeSystemInfo;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes the Node object and its status from what the host is and has now. */
public final class NodeObject {
  /** The release of the API that this node speaks. */
  public static final String VERSION = "v1.36.0+mokha";

  private static final long LEAST_FREE_MEMORY = 100L << 20;
  private static final int MOST_IMAGES = 50;
  private static final long LEAST_FREE_PIDS = 1000;

  private final NodeConfig config;
  private final Machine machine;
  private final String runtime;
  private final int port;

  /**
   * A Node of this host.
   *
   * @param runtime the engine's OCI runtime, such as {@code runc 1.1.5}
   * @param port where the kubelet's API listens
   */
  public NodeObject(NodeConfig config, Machine machine, String runtime, int port) {
    this.config = requireNonNull(config, "config");
    this.machine = requireNonNull(machine, "machine");
    this.runtime = requireNonNull(runtime, "runtime");
    this.port = port;
  }

  /** The labels that the node gives itself. */
  public Map<String, String> labels() {
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put("kubernetes.io/hostname", config.nodeName());
    labels.put("kubernetes.io/os", "linux");
    labels.put("kubernetes.io/arch", machine.architecture());
    labels.put("beta.kubernetes.io/os", "linux");
    labels.put("beta.kubernetes.io/arch", machine.architecture());
    labels.putAll(config.labels());
    return labels;
  }

  /** A new Node, to be created. */
  public Node create(NodeStatus status) {
    return new NodeBuilder()
        .withNewMetadata()
        .withName(config.nodeName())
        .withLabels(labels())
        .withAnnotations(Map.of("volumes.kubernetes.io/controller-managed-attach-detach", "true"))
        .endMetadata()
        .withNewSpec()
        .withPodCIDR(config.podCidrs().stream().findFirst().orElse(null))
        .withPodCIDRs(config.podCidrs())
        .withTaints(config.taints())
        .endSpec()
        .withStatus(status)
        .build();
  }

  /** All there is. */
  public static Map<String, Quantity> capacity(NodeConfig config, Machine machine) {
    Map<String, Quantity> capacity = new LinkedHashMap<>();
    FileSystemStat disk = FileSystemStat.of(config.dataDir());
    capacity.put("cpu", new Quantity(Integer.toString(machine.cpus())));
    capacity.put("memory", new Quantity(machine.memoryBytes() / 1024 + "Ki"));
    capacity.put("ephemeral-storage", new Quantity(disk.blocks() * disk.blockSize() / 1024 + "Ki"));
    capacity.put("pods", new Quantity(Integer.toString(config.maxPods())));
    capacity.put("hugepages-1Gi", new Quantity("0"));
    capacity.put("hugepages-2Mi", new Quantity("0"));
    return capacity;
  }

  /** What pods may have of it, but for what others have been promised. */
  public static Map<String, Quantity> allocatable(NodeConfig config, Machine machine, Taken taken) {
    Map<String, Quantity> allocatable = new LinkedHashMap<>(capacity(config, machine));
    NodeCapacity left = NodeCapacity.of(config, machine).without(taken);
    long millis = left.cpuMillis();
    long memory = left.memoryBytes();
    allocatable.put("cpu", new Quantity(millis % 1000 == 0 ? millis / 1000 + "" : millis + "m"));
    allocatable.put("memory", new Quantity(memory / 1024 + "Ki"));
    return allocatable;
  }

  /**
   * The status now.
   *
   * @param before the last one, for the times of transitions
   * @param images what the engine has
   * @param taken what containers that are no pod's have been promised
   * @param problem why the node is not ready; empty when it is
   */
  public NodeStatus status(
      Optional<NodeStatus> before,
      List<Image> images,
      Taken taken,
      Optional<String> problem,
      Instant now) {
    NodeStatus status = new NodeStatus();
    status.setAddresses(
        List.of(
            new NodeAddress(config.nodeAddress().getHostAddress(), "InternalIP"),
            new NodeAddress(config.nodeName(), "Hostname")));
    status.setCapacity(capacity(config, machine));
    status.setAllocatable(allocatable(config, machine, taken));
    status.setDaemonEndpoints(new NodeDaemonEndpoints(new DaemonEndpoint(port)));
    status.setNodeInfo(info());
    status.setImages(images(images));
    // The default handler; user namespaces with idmapped volumes (KEP-127), read-only mounts with
    // all that is below (KEP-3857).
    status.setRuntimeHandlers(
        List.of(new NodeRuntimeHandler(new NodeRuntimeHandlerFeatures(true, true), "")));
    status.setConditions(conditions(before, problem, now));
    return status;
  }

  private NodeSystemInfo info() {
    NodeSystemInfo info = new NodeSystemInfo();
    info.setMachineID(machine.machineId());
    info.setSystemUUID(machine.systemUuid());
    info.setBootID(machine.bootId());
    info.setKernelVersion(machine.kernelVersion());
    info.setOsImage(machine.osImage());
    info.setContainerRuntimeVersion("mokha://" + runtime.replace(' ', '-'));
    info.setKubeletVersion(VERSION);
    info.setKubeProxyVersion("");
    info.setOperatingSystem("linux");
    info.setArchitecture(machine.architecture());
    return info;
  }

  private static List<ContainerImage> images(List<Image> images) {
    return images.stream()
        .sorted(Comparator.comparingLong(Image::size).reversed().thenComparing(Image::id))
        .limit(MOST_IMAGES)
        .map(
            i -> {
              List<String> names = new ArrayList<>(i.repoDigests());
              names.addAll(i.references());
              return new ContainerImage(names, i.size());
            })
        .toList();
  }

  private List<NodeCondition> conditions(
      Optional<NodeStatus> before, Optional<String> problem, Instant now) {
    long available = Machine.meminfo().getOrDefault("MemAvailable", Long.MAX_VALUE);
    FileSystemStat disk = FileSystemStat.of(config.dataDir());
    boolean diskLow =
        disk.availableBlocks() < disk.blocks() / 20
            || (disk.files() > 0 && disk.freeFiles() < disk.files() / 20)
            || disk.readOnly();
    boolean memoryLow = available < LEAST_FREE_MEMORY;
    boolean pidsLow = freePids() < LEAST_FREE_PIDS;
    List<NodeCondition> conditions = new ArrayList<>();
    add(
        conditions,
        before,
        now,
        "MemoryPressure",
        memoryLow,
        memoryLow ? "KubeletHasInsufficientMemory" : "KubeletHasSufficientMemory",
        memoryLow
            ? "kubelet has insufficient memory available"
            : "kubelet has sufficient memory available");
    add(
        conditions,
        before,
        now,
        "DiskPressure",
        diskLow,
        diskLow ? "KubeletHasDiskPressure" : "KubeletHasNoDiskPressure",
        disk.readOnly()
            ? config.dataDir() + " is on a file system that has become read-only"
            : diskLow ? "kubelet has disk pressure" : "kubelet has no disk pressure");
    add(
        conditions,
        before,
        now,
        "PIDPressure",
        pidsLow,
        pidsLow ? "KubeletHasInsufficientPID" : "KubeletHasSufficientPID",
        pidsLow
            ? "kubelet has insufficient PID available"
            : "kubelet has sufficient PID available");
    add(
        conditions,
        before,
        now,
        "Ready",
        problem.isEmpty(),
        problem.isEmpty() ? "KubeletReady" : "KubeletNotReady",
        problem.orElse("kubelet is posting ready status"));
    return conditions;
  }

  private static long freePids() {
    try {
      String load = KernelFile.read(Path.of("/proc/loadavg"));
      String max = KernelFile.read(Path.of("/proc/sys/kernel/pid_max"));
      String[] words = load.split(" ");
      long threads = Long.parseLong(words[3].substring(words[3].indexOf('/') + 1));
      return Long.parseLong(max.strip()) - threads;
    } catch (IOException e) {
      return Long.MAX_VALUE;
    }
  }

  private static void add(
      List<NodeCondition> to,
      Optional<NodeStatus> before,
      Instant now,
      String type,
      boolean value,
      String reason,
      String message) {
    String status = value ? "True" : "False";
    String time = now.truncatedTo(ChronoUnit.SECONDS).toString();
    String since =
        before.stream()
            .flatMap(b -> b.getConditions().stream())
            .filter(c -> type.equals(c.getType()) && status.equals(c.getStatus()))
            .map(NodeCondition::getLastTransitionTime)
            .findFirst()
            .orElse(time);
    to.add(
        new NodeConditionBuilder()
            .withType(type)
            .withStatus(status)
            .withReason(reason)
            .withMessage(message)
            .withLastHeartbeatTime(time)
            .withLastTransitionTime(since)
            .build());
  }
}
