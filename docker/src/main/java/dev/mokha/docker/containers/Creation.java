package dev.mokha.docker.containers;

import dev.mokha.docker.access.Namespaces;
import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.logging.LogDrivers;
import dev.mokha.engine.Engine;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.ContainerSpecBuilder;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.ImageDetails;
import dev.mokha.engine.images.Reference;
import dev.mokha.engine.runtime.Cgroups;
import dev.mokha.engine.volumes.VolumeSpec;
import dev.mokha.linux.Signals;
import dev.mokha.network.bridges.ContainerNetworks;
import dev.mokha.network.bridges.Network;
import dev.mokha.network.bridges.NetworkException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes of a request what the engine and our records need. Changes nothing on the machine: what it
 * refuses has left no trace.
 */
final class Creation {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String PATH =
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  private static final Set<String> DEFAULT_RUNTIMES = Set.of("runc", "io.containerd.runc.v2");
  private static final boolean CGROUP_V2 =
      Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"));

  private final Engine engine;
  private final ContainerRecords records;
  private final Function<String, DockerContainer> containers;
  private final ContainerNetworks networks;
  private final boolean mapUsers;
  private final LogDrivers drivers;
  private final KernelLimits kernel = new KernelLimits(Cgroups.detect());

  Creation(
      Engine engine,
      ContainerRecords records,
      Function<String, DockerContainer> containers,
      ContainerNetworks networks,
      boolean mapUsers,
      LogDrivers drivers) {
    this.drivers = drivers;
    this.networks = networks;
    this.mapUsers = mapUsers;
    this.engine = engine;
    this.records = records;
    this.containers = containers;
  }

  /**
   * What a request came to.
   *
   * @param record ours
   * @param spec the engine's
   * @param volumes that must be there before the container is
   * @param warnings for the client
   */
  record Plan(
      ContainerRecord record,
      ContainerSpec spec,
      List<VolumeSpec> volumes,
      List<String> warnings) {}

  /**
   * Decides everything.
   *
   * @throws DockerException 400 with dockerd's words, 404 without the image
   */
  Plan plan(CreateRequest request, String name) {
    if (request.config().isEmpty()) {
      throw DockerException.invalid("config cannot be empty in order to create a container");
    }
    List<String> warnings = new ArrayList<>();
    if (NetworkPlan.mode(request.hostConfig()) instanceof NetworkPlan.Mode.Host
        && !Json.object(request.hostConfig(), "PortBindings").isEmpty()) {
      warnings.add("Published ports are discarded when using host network mode");
    }
    ImageDetails image = image(Json.text(request.config(), "Image"));
    ObjectNode config = ImageDefaults.merge(request.config(), image);
    config.set(
        "Labels",
        Json.object(Namespaces.mark(Json.stringMap(config, "Labels"), request.namespace())));
    ObjectNode host = HostDefaults.fill(request.hostConfig(), CGROUP_V2);
    requireRuntime(Json.text(host, "Runtime"));
    if (Json.flag(config, "NetworkDisabled")
        && NetworkPlan.mode(host) instanceof NetworkPlan.Mode.Of) {
      host.put("NetworkMode", Network.NONE);
    }
    kernel.discard(host, warnings);
    NetworkPlan.check(config, host);
    PortPlan.check(config, host);
    HostFiles.extraHosts(host, "127.0.0.1");
    String id = newId();
    Function<String, DockerContainer> others =
        reference -> {
          DockerContainer other = containers.apply(reference);
          request.joining().accept(other);
          return other;
        };
    hostname(config, host, id, others);
    MountPlan mounts = MountPlan.of(config, host, others);
    ObjectNode endpoints = NetworkPlan.endpoints(config, host, request.networking());
    pin(endpoints);
    links(host, others);
    Path directory = records.directory(id);
    ContainerSpecBuilder spec =
        ContainerSpec.builder()
            .id(id)
            .owner(DockerContainers.OWNER)
            .labels(Map.of(Namespaces.LABEL, request.namespace()))
            .image(image.image().id());
    process(config, host, spec);
    spec.namespaces(namespaces(host, others))
        .devices(SecurityPlan.devices(host))
        .deviceRules(SecurityPlan.deviceRules(host))
        .resources(ResourcePlan.of(host, warnings))
        .rlimits(ResourcePlan.rlimits(host))
        .cgroupParent(cgroupParent(host))
        .sysctls(Json.stringMap(host, "Sysctls"))
        .shmBytes(shm(host))
        .init(Json.flag(host, "Init"))
        .supervision(SupervisionPlan.of(config, host))
        .ephemeral(Json.flag(host, "AutoRemove"))
        .users(UserPlan.of(config, host, mapUsers))
        .annotations(Json.stringMap(host, "Annotations"))
        .security(SecurityPlan.of(host).security(host));
    LogPlan.apply(host, directory, spec, drivers);
    ContainerRecord record =
        new ContainerRecord(
            ContainerRecord.FORMAT,
            id,
            name,
            request.namespace(),
            request.user(),
            Instant.now(),
            image.image().id(),
            config,
            host,
            endpoints,
            images(mounts.mounts(), warnings));
    List<VolumeSpec> volumes =
        mounts.volumes().stream()
            .map(v -> v.withLabels(Namespaces.mark(v.labels(), request.namespace())))
            .toList();
    return new Plan(record, spec.build(), volumes, warnings);
  }

  /** The same mounts with the images that their names mean now. */
  private List<MountPoint> images(List<MountPoint> mounts, List<String> warnings) {
    if (mounts.stream().noneMatch(mount -> mount.type().equals("image"))) {
      return mounts;
    }
    warnings.add("Image mount is an experimental feature");
    return mounts.stream()
        .map(
            mount ->
                mount.type().equals("image") && mount.source().isEmpty()
                    ? mount.ofImage(image(mount.name()).image().id())
                    : mount)
        .toList();
  }

  /** There is one runtime; Docker's names of its default one mean it too. */
  private void requireRuntime(String name) {
    if (!name.equals(engine.runtime().split(" ", 2)[0]) && !DEFAULT_RUNTIMES.contains(name)) {
      throw DockerException.invalid("unknown or invalid runtime name: " + name);
    }
  }

  private ImageDetails image(String reference) {
    if (reference.isEmpty()) {
      throw DockerException.invalid("no image specified");
    }
    Image image = engine.images().find(reference).orElseThrow(() -> noSuchImage(reference));
    return engine.images().inspect(image.id());
  }

  /** In the words by which the CLI knows that it should pull. */
  static DockerException noSuchImage(String reference) {
    String familiar = reference;
    try {
      if (!reference.startsWith("sha256:") && !reference.contains("@")) {
        int slash = reference.lastIndexOf('/');
        familiar = reference.indexOf(':', slash + 1) < 0 ? reference + ":latest" : reference;
      }
      Reference.parse(reference);
    } catch (RuntimeException e) {
      throw DockerException.invalid("invalid reference format");
    }
    return DockerException.notFound("No such image: " + familiar);
  }

  private static String newId() {
    byte[] bytes = new byte[32];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private static void hostname(
      ObjectNode config, ObjectNode host, String id, Function<String, DockerContainer> others) {
    boolean ofHost = Json.text(host, "UTSMode").equals("host");
    String mode = Json.text(host, "UTSMode");
    if (!mode.isEmpty() && !ofHost) {
      throw DockerException.invalid("invalid UTS mode: " + mode);
    }
    switch (NetworkPlan.mode(host)) {
      case NetworkPlan.Mode.OfContainer joined -> {
        DockerContainer other = toJoin(joined.container(), others);
        host.put("NetworkMode", "container:" + other.id());
        config.put("Hostname", Json.text(other.record().config(), "Hostname"));
        config.put("Domainname", Json.text(other.record().config(), "Domainname"));
      }
      case NetworkPlan.Mode.Host of -> ofHost = ofHost || Json.text(config, "Hostname").isEmpty();
      case NetworkPlan.Mode.Of of -> {
        // One of its own.
      }
    }
    if (Json.text(config, "Hostname").isEmpty()) {
      config.put("Hostname", ofHost ? machineName() : id.substring(0, 12));
    }
  }

  private static DockerContainer toJoin(
      String reference, Function<String, DockerContainer> others) {
    try {
      return others.apply(reference);
    } catch (DockerException e) {
      throw new DockerException(
          e.status(), "joining network namespace of container: " + e.getMessage(), e);
    }
  }

  static String machineName() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      return "localhost";
    }
  }

  private void process(ObjectNode config, ObjectNode host, ContainerSpecBuilder spec) {
    List<String> args = new ArrayList<>(Json.strings(config, "Entrypoint"));
    args.addAll(Json.strings(config, "Cmd"));
    List<String> env = new ArrayList<>();
    List<String> given = Json.strings(config, "Env");
    addUnless(env, given, PATH);
    addUnless(env, given, "HOSTNAME=" + Json.text(config, "Hostname"));
    if (Json.flag(config, "Tty")) {
      addUnless(env, given, "TERM=xterm");
    }
    // A variable without a value takes the default away, or was not set at the client.
    given.stream().filter(entry -> entry.indexOf('=') > 0).forEach(env::add);
    String directory = Json.text(config, "WorkingDir");
    if (!directory.isEmpty() && !directory.startsWith("/")) {
      throw DockerException.invalid(
          "the working directory '" + directory + "' is invalid, it needs to be an absolute path");
    }
    boolean hostUts = Json.text(host, "UTSMode").equals("host");
    spec.args(args)
        .env(env)
        .workingDir(directory)
        .user(
            new ContainerSpec.User(
                Json.text(config, "User"), List.of(), Json.strings(host, "GroupAdd")))
        .hostname(hostUts ? "" : Json.text(config, "Hostname"))
        .domainname(hostUts ? "" : Json.text(config, "Domainname"))
        .tty(Json.flag(config, "Tty"))
        .terminalSize(consoleSize(host, 1), consoleSize(host, 0))
        .stdin(Json.flag(config, "OpenStdin"))
        .stdinOnce(Json.flag(config, "StdinOnce"))
        .stopSignal(signal(Json.text(config, "StopSignal")));
  }

  /** Of ConsoleSize, which is height and width; 0 for none. */
  private static int consoleSize(ObjectNode host, int index) {
    int size = host.path("ConsoleSize").path(index).asInt(0);
    return size > 0 && size <= 0xffff ? size : 0;
  }

  private static void addUnless(List<String> env, List<String> given, String entry) {
    String name = entry.substring(0, entry.indexOf('='));
    if (given.stream().noneMatch(one -> one.equals(name) || one.startsWith(name + "="))) {
      env.add(entry);
    }
  }

  /**
   * A signal's number; 0 for none named.
   *
   * @throws DockerException 400 when there is none of that name
   */
  static int signal(String name) {
    if (name.isEmpty()) {
      return 0;
    }
    try {
      return Signals.number(name);
    } catch (IllegalArgumentException e) {
      throw DockerException.invalid("invalid signal: " + name);
    }
  }

  /** What is known before a run; the namespaces of other containers are looked up at each start. */
  private static ContainerSpec.Namespaces namespaces(
      ObjectNode host, Function<String, DockerContainer> others) {
    String pid = Json.text(host, "PidMode");
    String ipc = Json.text(host, "IpcMode");
    String cgroup = Json.text(host, "CgroupnsMode");
    join(host, "PidMode", pid, List.of("", "host"), "invalid PID mode: ", others);
    join(
        host,
        "IpcMode",
        ipc,
        List.of("", "host", "private", "shareable", "none"),
        "invalid IPC mode: ",
        others);
    if (!List.of("", "host", "private").contains(cgroup)) {
      throw DockerException.invalid("invalid cgroup namespace mode: " + cgroup);
    }
    return new ContainerSpec.Namespaces(
        NetworkPlan.mode(host) instanceof NetworkPlan.Mode.Host ? "host" : "",
        ipc.equals("host") || ipc.equals("none") ? ipc : "",
        Json.text(host, "UTSMode").equals("host") ? "host" : "",
        pid.equals("host") ? "host" : "",
        cgroup.equals("host") ? "host" : "");
  }

  private static void join(
      ObjectNode host,
      String field,
      String mode,
      List<String> known,
      String refusal,
      Function<String, DockerContainer> others) {
    if (mode.startsWith("container:")) {
      DockerContainer other = others.apply(mode.substring("container:".length()));
      host.put(field, "container:" + other.id());
    } else if (!known.contains(mode)) {
      throw DockerException.invalid(refusal + mode);
    }
  }

  /**
   * Notes which network each name means now. Addresses that it can't give are refused here already;
   * a missing network is not.
   */
  private void pin(ObjectNode endpoints) {
    for (var entry : endpoints.properties()) {
      if (entry.getValue() instanceof ObjectNode settings) {
        networks.check(entry.getKey(), NetworkPlan.endpoint(settings, List.of()));
        try {
          NetworkPlan.pin(settings, networks.inspect(entry.getKey()));
        } catch (NetworkException missing) {
          settings.remove(NetworkPlan.NETWORK_ID);
        }
      }
    }
  }

  private static void links(ObjectNode host, Function<String, DockerContainer> others) {
    for (String link : Json.strings(host, "Links")) {
      int colon = link.indexOf(':');
      String target = colon < 0 ? link : link.substring(0, colon);
      try {
        var _ = others.apply(target); // refuses one that is not there
      } catch (DockerException e) {
        throw new DockerException(
            e.status(), "could not get container for " + target + ": " + e.getMessage(), e);
      }
    }
  }

  private static long shm(ObjectNode host) {
    long bytes = Json.number(host, "ShmSize");
    if (bytes < 0) {
      throw DockerException.invalid("SHM size can not be less than 0");
    }
    return bytes;
  }

  private static String cgroupParent(ObjectNode host) {
    String parent = Json.text(host, "CgroupParent");
    if (parent.isEmpty()) {
      return "";
    }
    if (List.of(parent.split("/")).contains("..")) {
      throw DockerException.invalid("invalid cgroup parent: " + parent);
    }
    return parent.startsWith("/") ? parent : "/" + parent;
  }
}
