package dev.mokha.docker.containers;

import dev.mokha.docker.access.Namespaces;
import dev.mokha.docker.events.EventLog;
import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.logging.LogShipping;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.ContainerSpec.Mount;
import dev.mokha.engine.containers.Preparation;
import dev.mokha.engine.containers.UserMapping;
import dev.mokha.engine.snapshots.RootedTree;
import dev.mokha.engine.users.UserIds;
import dev.mokha.engine.volumes.Volumes;
import dev.mokha.network.bridges.ContainerNetworks;
import dev.mokha.network.bridges.ContainerNetworks.Sandbox;
import dev.mokha.network.bridges.Endpoint;
import dev.mokha.network.bridges.EndpointSpec;
import dev.mokha.network.bridges.Network;
import dev.mokha.network.bridges.NetworkException;
import dev.mokha.network.bridges.SandboxSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a Docker container gets for each run, and gives back after it: its sandbox in the networks,
 * its volumes, its files in /etc, the namespaces of others it joins.
 */
final class RunPreparation implements Preparation {
  private static final List<String> FILES = List.of("hosts", "hostname", "resolv.conf");

  private final ContainerNetworks networks;
  private final Volumes volumes;
  private final UserIds userIds;
  private final ContainerRecords records;
  private final Function<String, Optional<DockerContainer>> byId;
  private final EventLog events;
  private final SharedMemory memory;
  private final LogShipping shipping;
  private final ImageMounts imageMounts;
  private final boolean publishOnAllAddresses;

  /** Of containers that start: the work on their networks, which goes on beside the runtime's. */
  private final Map<String, CompletableFuture<Void>> underWay = new ConcurrentHashMap<>();

  RunPreparation(
      ContainerNetworks networks,
      Volumes volumes,
      UserIds userIds,
      ContainerRecords records,
      Function<String, Optional<DockerContainer>> byId,
      EventLog events,
      SharedMemory memory,
      LogShipping shipping,
      ImageMounts imageMounts,
      boolean publishOnAllAddresses) {
    this.networks = networks;
    this.volumes = volumes;
    this.userIds = userIds;
    this.records = records;
    this.byId = byId;
    this.events = events;
    this.memory = memory;
    this.shipping = shipping;
    this.imageMounts = imageMounts;
    this.publishOnAllAddresses = publishOnAllAddresses;
  }

  @Override
  public ContainerSpec prepare(Container container, ContainerSpec spec) {
    ContainerRecord record =
        byId.apply(container.id())
            .orElseThrow(
                () ->
                    new EngineException(
                        EngineException.Code.NOT_FOUND,
                        "Container " + container.id() + " is not on record"))
            .record();
    shipping.start(LogPlan.sender(record, records.directory(record.id())));
    Optional<Sandbox> sandbox = network(record, spec.users());
    return spec.toBuilder()
        .namespaces(namespaces(record, spec.namespaces(), sandbox))
        .mounts(mounts(record))
        .build();
  }

  @Override
  public void complete(Container container) {
    imageMounts.close(container.id());
    CompletableFuture<Void> work = underWay.remove(container.id());
    if (work == null) {
      return;
    }
    try {
      work.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException known) {
        throw known;
      }
      throw e;
    }
  }

  /** Lets work on networks that nobody waits for any more come to its end. */
  private void settle(String id) {
    CompletableFuture<Void> work = underWay.remove(id);
    if (work != null) {
      work.exceptionally(failed -> null).join(); // who started it has been told
    }
  }

  @Override
  public void release(Container container) {
    shipping.ended(container.id());
    imageMounts.close(container.id());
    settle(container.id());
    Optional<Sandbox> sandbox = networks.sandbox(container.id());
    List<Endpoint> left = sandbox.map(Sandbox::endpoints).orElse(List.of());
    networks.close(container.id());
    memory.close(container.id());
    left.forEach(endpoint -> connected("disconnect", endpoint));
    byId.apply(container.id())
        .ifPresent(
            known -> {
              for (MountPoint mount : known.record().mounts()) {
                if (mount.type().equals("volume")) {
                  volumes.unmount(mount.name(), container.id());
                  if (sandbox.isPresent()) { // else it did not run, and nothing was mounted
                    events.volume(
                        "unmount",
                        mount.name(),
                        Set.of(known.record().namespace()),
                        Map.of("container", container.id(), "driver", Volumes.DRIVER));
                  }
                }
              }
            });
  }

  // --- network ---

  /**
   * Opens its sandbox and begins to fill it; empty when it joins another container's. The runtime
   * needs the namespace alone: addresses, ports and the files that name them are there before the
   * first process begins.
   */
  private Optional<Sandbox> network(ContainerRecord record, UserMapping users) {
    ObjectNode host = record.hostConfig();
    NetworkPlan.Mode mode = NetworkPlan.mode(host);
    if (mode instanceof NetworkPlan.Mode.OfContainer) {
      return Optional.empty();
    }
    boolean ofHost = mode instanceof NetworkPlan.Mode.Host;
    networks.open(
        new SandboxSpec(
            record.id(),
            record.name(),
            ofHost,
            // One of its own user namespace, or its root could neither ping nor open port 80.
            users.isPrivate() && !ofHost
                ? Optional.of(userIds.network(UserIds.container(record.id())))
                : Optional.empty(),
            Json.strings(host, "Dns")));
    if (!ofHost) {
      HostFiles.touch(records.directory(record.id()));
      underWay.put(
          record.id(),
          CompletableFuture.runAsync(() -> connect(record), Thread::startVirtualThread));
    } else {
      connect(record);
    }
    return networks.sandbox(record.id());
  }

  private void connect(ContainerRecord record) {
    try {
      connectAll(record);
    } catch (NetworkException e) {
      throw new NetworkException(
          e.reason(), "failed to set up container networking: " + e.getMessage(), e);
    }
  }

  private void connectAll(ContainerRecord record) {
    ObjectNode host = record.hostConfig();
    for (var entry : record.endpoints().properties()) {
      ObjectNode settings = (ObjectNode) entry.getValue();
      Network network = networks.inspect(entry.getKey());
      if (!NetworkPlan.admits(record, settings, network)) {
        throw new NetworkException(
            NetworkException.Reason.NOT_FOUND, "network " + entry.getKey() + " not found");
      }
      connected(
          "connect",
          networks.attach(record.id(), network.id(), endpoint(record, entry.getKey(), settings)));
    }
    var ports = PortPlan.requests(record.config(), host, publishOnAllAddresses);
    if (!(NetworkPlan.mode(host) instanceof NetworkPlan.Mode.Host) && !ports.isEmpty()) {
      networks.publish(record.id(), ports);
    }
    writeFiles(record, networks.sandbox(record.id()));
  }

  /** Tells that a container has come into a network, or left it. */
  void connected(String action, Endpoint endpoint) {
    events.network(
        action,
        endpoint.networkId(),
        byId.apply(endpoint.containerId())
            .map(container -> container.record().namespace())
            .orElse(Namespaces.DEFAULT),
        Map.of(
            "container", endpoint.containerId(),
            "name", endpoint.networkName(),
            "type",
                Network.isPredefined(endpoint.networkName())
                    ? endpoint.networkName().replace("none", "null")
                    : "bridge"));
  }

  /** One endpoint's settings; links of the HostConfig count in the network of NetworkMode. */
  EndpointSpec endpoint(ContainerRecord record, String network, ObjectNode settings) {
    ObjectNode host = record.hostConfig();
    boolean first = network.equals(Json.text(host, "NetworkMode"));
    return NetworkPlan.endpoint(settings, first ? Json.strings(host, "Links") : List.of());
  }

  private ContainerSpec.Namespaces namespaces(
      ContainerRecord record, ContainerSpec.Namespaces known, Optional<Sandbox> sandbox) {
    ObjectNode host = record.hostConfig();
    String network = known.network();
    if (NetworkPlan.mode(host) instanceof NetworkPlan.Mode.OfContainer joined) {
      network = joined(joined.container(), "net", "network");
    } else if (sandbox.isPresent() && sandbox.get().namespace().isPresent()) {
      network = sandbox.get().namespace().get().toString();
    }
    String pid = known.pid();
    String ipc = known.ipc();
    if (Json.text(host, "PidMode").startsWith("container:")) {
      pid = joined(Json.text(host, "PidMode").substring(10), "pid", "PID");
    }
    if (Json.text(host, "IpcMode").startsWith("container:")) {
      ipc = joined(Json.text(host, "IpcMode").substring(10), "ipc", "IPC");
    }
    return new ContainerSpec.Namespaces(network, ipc, known.uts(), pid, known.cgroup());
  }

  private String joined(String other, String kind, String word) {
    return process(other, word).resolve("ns").resolve(kind).toString();
  }

  private Path process(String other, String word) {
    DockerContainer container =
        byId.apply(other)
            .orElseThrow(() -> DockerException.notFound("No such container: " + other));
    int pid = container.isRunning() ? container.engine().state().pid() : 0;
    if (pid == 0) {
      throw DockerException.conflict(
          "cannot join "
              + word
              + " namespace of a non running container: container "
              + container.name()
              + " is "
              + ContainerState.word(container));
    }
    return Path.of("/proc", Integer.toString(pid));
  }

  // --- mounts ---

  private List<Mount> mounts(ContainerRecord record) {
    List<Mount> all = new ArrayList<>();
    for (MountPoint mount : record.mounts()) {
      all.add(
          switch (mount.type()) {
            case "bind" -> bind(mount);
            case "image" -> imageMounts.mount(mount, record.id());
            case "volume" -> volume(mount, record);
            default ->
                new Mount(
                    "",
                    mount.destination(),
                    "tmpfs",
                    !mount.writable(),
                    false,
                    "private",
                    mount.options());
          });
    }
    files(record, all);
    sharedMemory(record).ifPresent(path -> all.add(Mount.bind(path, "/dev/shm", false)));
    all.sort(Comparator.comparingInt(mount -> Path.of(mount.destination()).getNameCount()));
    return all;
  }

  /** What it shares as /dev/shm; empty for one of its own, or the host's. */
  private Optional<Path> sharedMemory(ContainerRecord record) {
    String mode = Json.text(record.hostConfig(), "IpcMode");
    if (mode.equals("shareable")) {
      return Optional.of(memory.open(record));
    }
    if (!mode.startsWith("container:")) {
      return Optional.empty();
    }
    String other = mode.substring("container:".length());
    ContainerRecord donor =
        byId.apply(other)
            .orElseThrow(() -> DockerException.notFound("No such container: " + other))
            .record();
    return switch (Json.text(donor.hostConfig(), "IpcMode")) {
      case "shareable" -> Optional.of(memory.open(donor));
      case "host" -> Optional.of(Path.of("/dev/shm"));
      default ->
          throw DockerException.invalid(
              "failed to join IPC namespace: container "
                  + donor.id()
                  + ": non-shareable IPC (hint: use IpcMode:shareable for the donor container)");
    };
  }

  private static Mount bind(MountPoint mount) {
    Path source = Path.of(mount.source());
    if (mount.propagation().endsWith("shared") || mount.propagation().endsWith("slave")) {
      HostMount.requirePropagation(source, mount.propagation().endsWith("slave"));
    }
    if (!Files.exists(source)) {
      try {
        Files.createDirectories(source);
      } catch (IOException e) {
        throw new DockerException(
            500,
            "error while creating mount source path '"
                + source
                + "': mkdir "
                + source
                + ": "
                + e.getMessage(),
            e);
      }
    }
    return new Mount(
        mount.source(),
        mount.destination(),
        "bind",
        !mount.writable(),
        mount.recursiveReadOnly(),
        mount.propagation(),
        labels(mount),
        mount.nonRecursive());
  }

  private Mount volume(MountPoint mount, ContainerRecord record) {
    String id = record.id();
    Path directory = volumes.mount(mount.name(), id);
    events.volume(
        "mount",
        mount.name(),
        Set.of(record.namespace()),
        Map.of(
            "container",
            id,
            "destination",
            mount.destination(),
            "driver",
            Volumes.DRIVER,
            "propagation",
            "",
            "read/write",
            Boolean.toString(mount.writable())));
    if (!mount.subpath().isEmpty()) {
      directory = part(directory, mount);
    }
    return new Mount(
        directory.toString(),
        mount.destination(),
        "bind",
        !mount.writable(),
        false,
        "private",
        labels(mount));
  }

  /** The marks by which the engine labels a source for SELinux; it takes them off again. */
  private static List<String> labels(MountPoint mount) {
    return Stream.of(mount.mode().split(","))
        .filter(word -> word.equals("z") || word.equals("Z"))
        .toList();
  }

  private static Path part(Path volume, MountPoint mount) {
    Path wanted = volume.resolve(mount.subpath());
    try {
      Path found = new RootedTree(volume).find(mount.subpath());
      if (found != null) {
        return found;
      }
    } catch (IOException e) {
      throw new DockerException(500, "cannot access path " + wanted + ": " + e.getMessage(), e);
    }
    throw new DockerException(
        500,
        "cannot access path %s: lstat %s: no such file or directory".formatted(wanted, wanted));
  }

  private void files(ContainerRecord record, List<Mount> all) {
    ObjectNode host = record.hostConfig();
    Path directory = records.directory(record.id());
    if (NetworkPlan.mode(host) instanceof NetworkPlan.Mode.OfContainer joined) {
      directory = records.directory(joined.container());
    }
    for (String file : FILES) {
      String destination = "/etc/" + file;
      if (all.stream().noneMatch(mount -> mount.destination().equals(destination))) {
        all.add(Mount.bind(directory.resolve(file), destination, false));
      }
    }
  }

  /** Writes its /etc files; again when it is connected to a network while it runs. */
  void writeFiles(ContainerRecord record, Optional<Sandbox> sandbox) {
    HostFiles.write(
        records.directory(record.id()),
        record.config(),
        record.hostConfig(),
        sandbox,
        HostFiles.gateway(networks),
        NetworkPlan.mode(record.hostConfig()) instanceof NetworkPlan.Mode.Host,
        links(record));
  }

  /** Names and address of each container it is linked to in the default network. */
  private Map<String, String> links(ContainerRecord record) {
    Map<String, String> all = new LinkedHashMap<>();
    for (String link : Json.strings(record.hostConfig(), "Links")) {
      int colon = link.indexOf(':');
      String target = colon < 0 ? link : link.substring(0, colon);
      String alias = colon < 0 ? target : link.substring(colon + 1);
      byId.apply(target)
          .flatMap(other -> networks.sandbox(other.id()))
          .flatMap(sandbox -> sandbox.endpoints().stream().findFirst())
          .ifPresent(
              endpoint ->
                  all.put(
                      alias
                          + " "
                          + endpoint.containerId().substring(0, 12)
                          + " "
                          + endpoint.containerName(),
                      endpoint.ipv4Address()));
    }
    return all;
  }
}
