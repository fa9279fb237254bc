package dev.mokha.docker.system;

import dev.mokha.docker.events.EventLog;
import dev.mokha.docker.http.ApiVersion;
import dev.mokha.docker.http.Json;
import dev.mokha.engine.Engine;
import dev.mokha.engine.containers.Container;
import dev.mokha.network.bridges.ContainerNetworks.AddressPool;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code /info} and {@code /version} (Docker API 1.50: SystemInfo, SystemVersion). */
final class Info {
  private static final String OWNER = "docker";
  private static final String INDEX = "https://index.docker.io/v1/";
  private static final List<String> LOOPBACK = List.of("127.0.0.0/8", "::1/128");

  /** The first release with version 1.50 of the API. */
  private static final String DOCKER = "28.2.0";

  private final Engine engine;
  private final EventLog events;
  private final String id;
  private final HostFacts host = new HostFacts();

  Info(Engine engine, EventLog events, String id) {
    this.engine = engine;
    this.events = events;
    this.id = id;
  }

  /**
   * The version clients see, as semantic versioning has it: the release of Docker that speaks the
   * newest version of the API spoken here, since clients decide by it what an engine can do, and
   * behind the plus sign who speaks.
   */
  static String version() {
    return DOCKER + "+mokha." + ownVersion();
  }

  /** This program's version; one that was not packaged has none. */
  private static String ownVersion() {
    String own = Info.class.getPackage().getImplementationVersion();
    return own == null ? "0.0.0-dev" : own;
  }

  private String runtimeName() {
    return engine.runtime().split(" ", 2)[0];
  }

  private String runtimeVersion() {
    String[] words = engine.runtime().split(" ", 2);
    return words.length > 1 ? words[1] : "";
  }

  ObjectNode versionJson() {
    ObjectNode json = Json.object();
    json.putObject("Platform").put("Name", "Mokha");
    ArrayNode components = json.putArray("Components");
    ObjectNode own = components.addObject().put("Name", "Engine").put("Version", version());
    own.putObject("Details")
        .put("ApiVersion", ApiVersion.NEWEST.toString())
        .put("Arch", HostFacts.architecture())
        .put("Experimental", "false")
        .put("JavaVersion", System.getProperty("java.version"))
        .put("KernelVersion", host.kernel())
        .put("MinAPIVersion", ApiVersion.OLDEST.toString())
        .put("Os", "linux");
    components.addObject().put("Name", "Mokha").put("Version", ownVersion()).putObject("Details");
    components
        .addObject()
        .put("Name", runtimeName())
        .put("Version", runtimeVersion())
        .putObject("Details");
    json.put("Version", version());
    json.put("ApiVersion", ApiVersion.NEWEST.toString());
    json.put("MinAPIVersion", ApiVersion.OLDEST.toString());
    json.put("GitCommit", "");
    json.put("GoVersion", "");
    json.put("Os", "linux");
    json.put("Arch", HostFacts.architecture());
    json.put("KernelVersion", host.kernel());
    json.put("BuildTime", "");
    return json;
  }

  ObjectNode json() {
    ObjectNode json = Json.object().put("ID", id);
    containers(json);
    json.put("Images", engine.images().list().size());
    storage(json);
    plugins(json);
    limits(json);
    json.put("Debug", false);
    json.put("NFd", host.openFiles());
    json.put("NGoroutines", Thread.activeCount());
    json.put("SystemTime", Instant.now().toString());
    json.put("LoggingDriver", "json-file");
    json.put("CgroupDriver", "cgroupfs");
    json.put("CgroupVersion", host.hasCgroupV2() ? "2" : "1");
    json.put("NEventsListener", events.followers());
    json.put("KernelVersion", host.kernel());
    json.put("OperatingSystem", host.osRelease("PRETTY_NAME"));
    json.put("OSVersion", host.osRelease("VERSION_ID"));
    json.put("OSType", "linux");
    json.put("Architecture", host.machine());
    json.put("IndexServerAddress", INDEX);
    registries(json);
    json.put("NCPU", Runtime.getRuntime().availableProcessors());
    json.put("MemTotal", host.memoryBytes());
    json.putNull("GenericResources");
    json.put("DockerRootDir", engine.config().dataDir().toString());
    json.put("HttpProxy", "").put("HttpsProxy", "").put("NoProxy", "");
    json.put("Name", host.hostname());
    json.putArray("Labels");
    json.put("ExperimentalBuild", false);
    json.put("ServerVersion", version());
    runtimes(json);
    json.putObject("Swarm")
        .put("NodeID", "")
        .put("NodeAddr", "")
        .put("LocalNodeState", "inactive")
        .put("ControlAvailable", false)
        .put("Error", "")
        .putNull("RemoteManagers");
    json.put("LiveRestoreEnabled", true); // containers outlive the daemon, always
    json.put("Isolation", "");
    ArrayNode security = json.putArray("SecurityOptions");
    host.securityOptions().forEach(security::add);
    ArrayNode pools = json.putArray("DefaultAddressPools");
    for (AddressPool pool : AddressPool.DOCKERS) {
      pools.addObject().put("Base", pool.base()).put("Size", pool.size());
    }
    json.putObject("FirewallBackend").put("Driver", "nftables");
    json.putArray("CDISpecDirs");
    warnings(json);
    return json;
  }

  private void containers(ObjectNode json) {
    int running = 0;
    int paused = 0;
    int stopped = 0;
    List<Container> all = engine.containers().list(OWNER);
    for (Container container : all) {
      switch (container.state().status()) {
        case RUNNING -> running++;
        case PAUSED -> paused++;
        default -> stopped++;
      }
    }
    json.put("Containers", all.size());
    json.put("ContainersRunning", running);
    json.put("ContainersPaused", paused);
    json.put("ContainersStopped", stopped);
  }

  private void storage(ObjectNode json) {
    json.put("Driver", "overlay2");
    ArrayNode status = json.putArray("DriverStatus");
    String backing = host.backingFileSystem(engine.config().dataDir());
    status.addArray().add("Backing Filesystem").add(backing);
    status.addArray().add("Supports d_type").add("true");
    status.addArray().add("Using metacopy").add("false");
    status.addArray().add("Native Overlay Diff").add("true");
    status.addArray().add("userxattr").add("false");
  }

  private static void plugins(ObjectNode json) {
    ObjectNode plugins = json.putObject("Plugins");
    plugins.putArray("Volume").add("local");
    plugins.putArray("Network").add("bridge").add("host").add("null");
    plugins.putNull("Authorization");
    plugins
        .putArray("Log")
        .add("fluentd")
        .add("gelf")
        .add("journald")
        .add("json-file")
        .add("local")
        .add("syslog");
  }

  private void limits(ObjectNode json) {
    boolean cpu = host.controls("cpu", "cpu.cfs_period_us");
    json.put("MemoryLimit", host.controls("memory", ""));
    json.put("SwapLimit", host.swapLimit());
    if (!host.hasCgroupV2()) {
      json.put("KernelMemoryTCP", host.controls("memory", "memory.kmem.tcp.limit_in_bytes"));
    }
    json.put("CpuCfsPeriod", cpu);
    json.put("CpuCfsQuota", cpu);
    json.put("CPUShares", host.controls("cpu", ""));
    json.put("CPUSet", host.controls("cpuset", ""));
    json.put("PidsLimit", host.controls("pids", ""));
    json.put("IPv4Forwarding", host.forwardsIpv4());
    json.put(
        "OomKillDisable", !host.hasCgroupV2() && host.controls("memory", "memory.oom_control"));
  }

  private void registries(ObjectNode json) {
    Map<String, List<String>> mirrors = engine.config().registries();
    ObjectNode registries = json.putObject("RegistryConfig");
    ObjectNode indexes = registries.putObject("IndexConfigs");
    index(indexes, "docker.io", mirrors, true, true);
    engine
        .config()
        .insecureRegistries()
        .forEach(name -> index(indexes, name, mirrors, false, false));
    mirrors.keySet().stream()
        .filter(name -> !name.equals("*") && !indexes.has(name))
        .forEach(name -> index(indexes, name, mirrors, false, true));
    ArrayNode ranges = registries.putArray("InsecureRegistryCIDRs");
    LOOPBACK.forEach(ranges::add);
    ArrayNode all = registries.putArray("Mirrors");
    mirrors.getOrDefault("*", List.of()).forEach(all::add);
  }

  private static void index(
      ObjectNode indexes,
      String name,
      Map<String, List<String>> mirrors,
      boolean official,
      boolean secure) {
    ObjectNode index = indexes.putObject(name).put("Name", name);
    ArrayNode of = index.putArray("Mirrors");
    mirrors.getOrDefault(name, List.of()).forEach(of::add);
    index.put("Official", official).put("Secure", secure);
  }

  private void runtimes(ObjectNode json) {
    String name = runtimeName();
    json.putObject("Runtimes").putObject(name).put("path", name);
    json.put("DefaultRuntime", name);
    json.put("InitBinary", "docker-init");
    json.putObject("ContainerdCommit").put("ID", "");
    json.putObject("RuncCommit").put("ID", runtimeVersion());
    json.putObject("InitCommit").put("ID", "");
  }

  private void warnings(ObjectNode json) {
    List<String> missing = new ArrayList<>();
    if (!json.path("MemoryLimit").asBoolean(false)) {
      missing.add("WARNING: No memory limit support");
    }
    if (!json.path("SwapLimit").asBoolean(false)) {
      missing.add("WARNING: No swap limit support");
    }
    if (!json.path("CpuCfsQuota").asBoolean(false)) {
      missing.add("WARNING: No cpu cfs quota support");
    }
    if (!json.path("CPUSet").asBoolean(false)) {
      missing.add("WARNING: No cpuset support");
    }
    if (!json.path("IPv4Forwarding").asBoolean(false)) {
      missing.add("WARNING: IPv4 forwarding is disabled");
    }
    if (missing.isEmpty()) {
      json.putNull("Warnings");
    } else {
      ArrayNode warnings = json.putArray("Warnings");
      missing.forEach(warnings::add);
    }
  }
}
