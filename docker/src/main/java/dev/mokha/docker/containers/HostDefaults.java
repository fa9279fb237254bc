package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Docker's HostConfig with every field that an inspection shows, and what dockerd fills in. */
final class HostDefaults {
  private static final String TEMPLATE =
      """
      {"Binds":null,"ContainerIDFile":"","LogConfig":{"Type":"json-file","Config":{}},
      "NetworkMode":"bridge","PortBindings":{},
      "RestartPolicy":{"Name":"no","MaximumRetryCount":0},"AutoRemove":false,"VolumeDriver":"",
      "VolumesFrom":null,"ConsoleSize":[0,0],"CapAdd":null,"CapDrop":null,"CgroupnsMode":"",
      "Dns":[],"DnsOptions":[],"DnsSearch":[],"ExtraHosts":null,"GroupAdd":null,
      "IpcMode":"private","Cgroup":"","Links":null,"OomScoreAdj":0,"PidMode":"",
      "Privileged":false,"PublishAllPorts":false,"ReadonlyRootfs":false,"SecurityOpt":null,
      "UTSMode":"","UsernsMode":"","ShmSize":67108864,"Runtime":"runc","Isolation":"",
      "CpuShares":0,"Memory":0,"NanoCpus":0,"CgroupParent":"","BlkioWeight":0,
      "BlkioWeightDevice":[],"BlkioDeviceReadBps":[],"BlkioDeviceWriteBps":[],
      "BlkioDeviceReadIOps":[],"BlkioDeviceWriteIOps":[],"CpuPeriod":0,"CpuQuota":0,
      "CpuRealtimePeriod":0,"CpuRealtimeRuntime":0,"CpusetCpus":"","CpusetMems":"","Devices":[],
      "DeviceCgroupRules":null,"DeviceRequests":null,"MemoryReservation":0,"MemorySwap":0,
      "MemorySwappiness":null,"OomKillDisable":false,"PidsLimit":null,"Ulimits":[],"CpuCount":0,
      "CpuPercent":0,"IOMaximumIOps":0,"IOMaximumBandwidth":0}
      """;

  /** What the kernel shows of itself and containers must not see (as moby has it). */
  static final List<String> MASKED =
      List.of(
          "/proc/asound",
          "/proc/acpi",
          "/proc/interrupts",
          "/proc/kcore",
          "/proc/keys",
          "/proc/latency_stats",
          "/proc/timer_list",
          "/proc/timer_stats",
          "/proc/sched_debug",
          "/proc/scsi",
          "/sys/firmware",
          "/sys/devices/virtual/powercap");

  /** What they may read only. */
  static final List<String> READ_ONLY =
      List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

  private HostDefaults() {}

  /**
   * Lays what was given over the defaults, and checks what needs no plan of its own.
   *
   * @param cgroupV2 decides about cgroup namespaces
   */
  static ObjectNode fill(ObjectNode given, boolean cgroupV2) {
    ObjectNode host = (ObjectNode) Json.MAPPER.readTree(TEMPLATE);
    for (Map.Entry<String, JsonNode> field : given.properties()) {
      if (!field.getValue().isNull()) {
        host.set(field.getKey(), field.getValue());
      }
    }
    String mode = Json.text(host, "NetworkMode");
    if (mode.isEmpty() || mode.equals("default")) {
      host.put("NetworkMode", "bridge");
    }
    if (Json.text(host, "IpcMode").isEmpty()) {
      host.put("IpcMode", "private");
    }
    boolean privileged = Json.flag(host, "Privileged");
    if (Json.text(host, "CgroupnsMode").isEmpty()) {
      host.put("CgroupnsMode", cgroupV2 && !privileged ? "private" : "host");
    }
    if (Json.number(host, "ShmSize") == 0) {
      host.put("ShmSize", 64L << 20);
    }
    if (Json.text(host, "Runtime").isEmpty()) {
      host.put("Runtime", "runc");
    }
    ObjectNode log = Json.object(host, "LogConfig").deepCopy();
    if (Json.text(log, "Type").isEmpty()) {
      log.put("Type", "json-file");
    }
    log.set("Config", Json.object(log, "Config"));
    host.set("LogConfig", log);
    ObjectNode restart = Json.object(host, "RestartPolicy").deepCopy();
    if (Json.text(restart, "Name").isEmpty()) {
      restart.put("Name", "no");
    }
    restart.put("MaximumRetryCount", Json.number(restart, "MaximumRetryCount"));
    host.set("RestartPolicy", restart);
    if (Json.number(host, "MemorySwappiness") == -1) {
      host.putNull("MemorySwappiness"); // how the command says: as the kernel has it
    }
    if (Json.number(host, "PidsLimit") == 0) {
      host.putNull("PidsLimit");
    }
    if (Json.number(host, "Memory") > 0 && Json.number(host, "MemorySwap") == 0) {
      host.put("MemorySwap", 2 * Json.number(host, "Memory"));
    }
    if (!Json.has(given, "MaskedPaths")) {
      host.set("MaskedPaths", privileged ? null : Json.array(MASKED));
    }
    if (!Json.has(given, "ReadonlyPaths")) {
      host.set("ReadonlyPaths", privileged ? null : Json.array(READ_ONLY));
    }
    refuse(host);
    return host;
  }

  /** What no Linux container can have, or this engine has not. */
  private static void refuse(ObjectNode host) {
    for (String windows :
        List.of("CpuCount", "CpuPercent", "IOMaximumIOps", "IOMaximumBandwidth")) {
      if (Json.number(host, windows) != 0) {
        throw DockerException.invalid(
            "invalid option: " + windows + " is a setting of Windows containers");
      }
    }
    String isolation = Json.text(host, "Isolation");
    if (!isolation.isEmpty() && !isolation.equals("default")) {
      throw DockerException.invalid(
          "invalid isolation (" + isolation + "): linux only supports 'default'");
    }
    if (!Json.object(host, "StorageOpt").isEmpty()) {
      throw new DockerException(
          500, "--storage-opt is supported only for overlay over xfs with 'pquota' mount option");
    }
    if (!Json.objects(host, "DeviceRequests").isEmpty()) {
      ObjectNode first = Json.objects(host, "DeviceRequests").get(0);
      JsonNode wanted = first.get("Capabilities");
      throw new DockerException(
          500,
          "could not select device driver \""
              + Json.text(first, "Driver")
              + "\" with capabilities: "
              + (wanted == null ? "[]" : wanted.toString().replace("\"", "").replace(',', ' ')));
    }
    if (!Json.text(host, "Cgroup").isEmpty()) {
      throw DockerException.invalid("invalid option: Cgroup is not used any more");
    }
    for (String kernel : List.of("KernelMemory", "KernelMemoryTCP")) {
      if (Json.number(host, kernel) != 0) {
        throw DockerException.invalid(
            "invalid option: " + kernel + " is not supported by kernels any more");
      }
    }
  }
}
