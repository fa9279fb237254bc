package dev.mokha.docker.containers;

import dev.mokha.docker.http.Json;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.Usage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One sample of a container's use, as Docker's clients compute with it (Docker API 1.50, stats).
 * The fields that depend on the version of cgroups are those of the version this machine has.
 */
final class StatsJson {
  private static final boolean CGROUP_V2 =
      Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"));

  /** The kernel counts in hundredths of a second (USER_HZ). */
  private static final long NANOS_PER_TICK = 10_000_000;

  private static final String NEVER = "0001-01-01T00:00:00Z";

  private StatsJson() {}

  /** The cpu_stats of no sample at all. */
  static ObjectNode noCpu() {
    ObjectNode json = Json.object();
    ObjectNode usage = json.putObject("cpu_usage");
    usage.put("total_usage", 0).put("usage_in_kernelmode", 0).put("usage_in_usermode", 0);
    throttling(json, 0, 0, 0);
    return json;
  }

  private static void throttling(ObjectNode json, long periods, long throttled, long nanos) {
    json.putObject("throttling_data")
        .put("periods", periods)
        .put("throttled_periods", throttled)
        .put("throttled_time", nanos);
  }

  /** Of a container that does not run. */
  static ObjectNode none(DockerContainer container) {
    ObjectNode json = Json.object();
    json.put("name", "/" + container.name());
    json.put("id", container.id());
    json.put("read", NEVER);
    json.put("preread", NEVER);
    json.putObject("pids_stats");
    emptyDisks(json);
    json.put("num_procs", 0);
    json.putObject("storage_stats");
    json.set("cpu_stats", noCpu());
    json.set("precpu_stats", noCpu());
    json.putObject("memory_stats");
    return json;
  }

  private static ObjectNode emptyDisks(ObjectNode json) {
    ObjectNode disks = json.putObject("blkio_stats");
    for (String field :
        new String[] {
          "io_service_bytes_recursive",
          "io_serviced_recursive",
          "io_queue_recursive",
          "io_service_time_recursive",
          "io_wait_time_recursive",
          "io_merged_recursive",
          "io_time_recursive",
          "sectors_recursive"
        }) {
      disks.putNull(field);
    }
    return disks;
  }

  /**
   * A sample.
   *
   * @param before the sample before it; null for none
   */
  static ObjectNode of(DockerContainer container, Container.Stats stats, ObjectNode before) {
    Usage usage = stats.usage();
    ObjectNode json = Json.object();
    json.put("name", "/" + container.name());
    json.put("id", container.id());
    json.put("read", ContainerState.time(stats.at()));
    json.put("preread", before == null ? NEVER : Json.text(before, "read"));
    ObjectNode pids = json.putObject("pids_stats");
    pids.put("current", usage.pids());
    if (usage.pidsLimit() > 0) {
      pids.put("limit", usage.pidsLimit());
    } else {
      pids.put("limit", new java.math.BigInteger("18446744073709551615"));
    }
    disks(json, usage);
    json.put("num_procs", 0);
    json.putObject("storage_stats");
    json.set("cpu_stats", cpu(usage.cpu()));
    json.set("precpu_stats", before == null ? noCpu() : before.get("cpu_stats"));
    json.set("memory_stats", memory(usage.memory()));
    if (!usage.networks().isEmpty()) {
      ObjectNode networks = json.putObject("networks");
      for (Usage.Network network : usage.networks()) {
        networks
            .putObject(network.name())
            .put("rx_bytes", network.receivedBytes())
            .put("rx_packets", network.receivedPackets())
            .put("rx_errors", network.receiveErrors())
            .put("rx_dropped", network.receiveDropped())
            .put("tx_bytes", network.sentBytes())
            .put("tx_packets", network.sentPackets())
            .put("tx_errors", network.sendErrors())
            .put("tx_dropped", network.sendDropped());
      }
    }
    return json;
  }

  private static ObjectNode cpu(Usage.Cpu cpu) {
    ObjectNode json = Json.object();
    json.putObject("cpu_usage")
        .put("total_usage", cpu.total())
        .put("usage_in_kernelmode", cpu.system())
        .put("usage_in_usermode", cpu.user());
    json.put("system_cpu_usage", machineNanos());
    json.put("online_cpus", Runtime.getRuntime().availableProcessors());
    throttling(json, cpu.periods(), cpu.throttledPeriods(), cpu.throttledNanos());
    return json;
  }

  /** CPU time of the whole machine, idle included. */
  private static long machineNanos() {
    try (var lines = Files.newBufferedReader(Path.of("/proc/stat"))) {
      String[] words = lines.readLine().split("\\s+");
      long ticks = 0;
      for (int i = 1; i < Math.min(words.length, 9); i++) {
        ticks += Long.parseLong(words[i]);
      }
      return ticks * NANOS_PER_TICK;
    } catch (IOException e) {
      throw new UncheckedIOException("/proc/stat can't be read", e);
    }
  }

  private static ObjectNode memory(Usage.Memory memory) {
    ObjectNode json = Json.object();
    json.put("usage", memory.used());
    if (!CGROUP_V2 && memory.highest() > 0) {
      json.put("max_usage", memory.highest());
    }
    Map<String, Long> fields = new TreeMap<>(memory.fields());
    fields.putIfAbsent(CGROUP_V2 ? "inactive_file" : "total_inactive_file", memory.inactiveFile());
    ObjectNode stats = json.putObject("stats");
    fields.forEach(stats::put);
    json.put("limit", memory.limit() > 0 ? memory.limit() : machineMemory());
    return json;
  }

  static long machineMemory() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
        if (line.startsWith("MemTotal:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("/proc/meminfo can't be read", e);
    }
    return 0;
  }

  private static void disks(ObjectNode json, Usage usage) {
    ObjectNode disks = emptyDisks(json);
    if (usage.disks().isEmpty()) {
      return;
    }
    ArrayNode bytes = Json.array();
    ArrayNode operations = Json.array();
    for (Usage.Disk disk : usage.disks()) {
      entry(bytes, disk, "read", disk.readBytes());
      entry(bytes, disk, "write", disk.writtenBytes());
      entry(operations, disk, "read", disk.reads());
      entry(operations, disk, "write", disk.writes());
    }
    disks.set("io_service_bytes_recursive", bytes);
    if (!CGROUP_V2) {
      disks.set("io_serviced_recursive", operations);
    }
  }

  private static void entry(ArrayNode list, Usage.Disk disk, String operation, long value) {
    list.addObject()
        .put("major", disk.major())
        .put("minor", disk.minor())
        .put("op", operation)
        .put("value", value);
  }
}
