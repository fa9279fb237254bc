package dev.mokha.node.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.Container;
import dev.mokha.linux.FileSystemStat;
import dev.mokha.node.NodeConfig;
import dev.mokha.node.lifecycle.PodWorkers;
import dev.mokha.node.pod.BoundPod;
import dev.mokha.node.pod.PodContainer;
import dev.mokha.node.registration.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code /stats/summary} and {@code /metrics/resource}: what the node and its pods use. */
final class StatsRoutes {
  private static final double TICKS_PER_SECOND = 100;

  private final PodWorkers workers;
  private final NodeConfig config;
  private final Instant started;
  private final Clock clock;

  StatsRoutes(PodWorkers workers, NodeConfig config, Clock clock) {
    this.workers = requireNonNull(workers, "workers");
    this.config = requireNonNull(config, "config");
    this.clock = requireNonNull(clock, "clock");
    this.started = clock.instant();
  }

  private Optional<Container.Stats> stats(BoundPod pod, PodContainer container) {
    try {
      return workers
          .container(pod, container.name(), false)
          .filter(c -> c.state().status() == Container.Status.RUNNING)
          .map(Container::stats);
    } catch (EngineException e) {
      // It ended in between.
      return Optional.empty();
    }
  }

  ObjectNode summary() {
    ObjectNode summary = Json.MAPPER.createObjectNode();
    String now = clock.instant().toString();
    ObjectNode node = summary.putObject("node");
    node.put("nodeName", config.nodeName()).put("startTime", started.toString());
    node.putObject("cpu").put("time", now).put("usageCoreNanoSeconds", hostCpuNanos());
    Map<String, Long> memory = Machine.meminfo();
    long total = memory.getOrDefault("MemTotal", 0L);
    long available = memory.getOrDefault("MemAvailable", 0L);
    node.putObject("memory")
        .put("time", now)
        .put("availableBytes", available)
        .put("usageBytes", total - memory.getOrDefault("MemFree", 0L))
        .put("workingSetBytes", total - available);
    FileSystemStat disk = FileSystemStat.of(config.dataDir());
    fileSystem(node.putObject("fs"), now, disk);
    fileSystem(node.putObject("runtime").putObject("imageFs"), now, disk);
    ArrayNode pods = summary.putArray("pods");
    for (BoundPod pod : workers.pods()) {
      pod(pods.addObject(), pod, now);
    }
    return summary;
  }

  private static void fileSystem(ObjectNode into, String now, FileSystemStat disk) {
    into.put("time", now)
        .put("availableBytes", disk.availableBlocks() * disk.blockSize())
        .put("capacityBytes", disk.blocks() * disk.blockSize())
        .put("usedBytes", (disk.blocks() - disk.freeBlocks()) * disk.blockSize())
        .put("inodesFree", disk.freeFiles())
        .put("inodes", disk.files())
        .put("inodesUsed", disk.files() - disk.freeFiles());
  }

  private void pod(ObjectNode into, BoundPod pod, String now) {
    into.putObject("podRef")
        .put("name", pod.name())
        .put("namespace", pod.namespace())
        .put("uid", pod.uid());
    pod.recordedStart().ifPresent(start -> into.put("startTime", start.toString()));
    ArrayNode containers = into.putArray("containers");
    long cpu = 0;
    long usage = 0;
    long workingSet = 0;
    long processes = 0;
    for (PodContainer container : pod.containers()) {
      Optional<Container.Stats> found = stats(pod, container);
      if (found.isEmpty()) {
        continue;
      }
      Container.Stats stats = found.get();
      ObjectNode c = containers.addObject();
      c.put("name", container.name());
      String at = stats.at().toString();
      c.putObject("cpu").put("time", at).put("usageCoreNanoSeconds", stats.cpuNanos());
      c.putObject("memory")
          .put("time", at)
          .put("usageBytes", stats.memoryBytes())
          .put("workingSetBytes", stats.workingSetBytes());
      c.putObject("rootfs").put("time", at).put("usedBytes", stats.writableLayerBytes());
      cpu += stats.cpuNanos();
      usage += stats.memoryBytes();
      workingSet += stats.workingSetBytes();
      processes += stats.pids();
    }
    into.putObject("cpu").put("time", now).put("usageCoreNanoSeconds", cpu);
    into.putObject("memory")
        .put("time", now)
        .put("usageBytes", usage)
        .put("workingSetBytes", workingSet);
    into.putObject("process_stats").put("process_count", processes);
  }

  String resourceMetrics() {
    StringBuilder cpu = new StringBuilder();
    StringBuilder memory = new StringBuilder();
    long now = clock.millis();
    for (BoundPod pod : workers.pods()) {
      for (PodContainer container : pod.containers()) {
        Optional<Container.Stats> found = stats(pod, container);
        if (found.isEmpty()) {
          continue;
        }
        String labels =
            "{container=\"%s\",namespace=\"%s\",pod=\"%s\"}"
                .formatted(container.name(), pod.namespace(), pod.name());
        long at = found.get().at().toEpochMilli();
        cpu.append("container_cpu_usage_seconds_total")
            .append(labels)
            .append(' ')
            .append(found.get().cpuNanos() / 1e9)
            .append(' ')
            .append(at)
            .append('\n');
        memory
            .append("container_memory_working_set_bytes")
            .append(labels)
            .append(' ')
            .append(found.get().workingSetBytes())
            .append(' ')
            .append(at)
            .append('\n');
      }
    }
    Map<String, Long> host = Machine.meminfo();
    long workingSet = host.getOrDefault("MemTotal", 0L) - host.getOrDefault("MemAvailable", 0L);
    return """
    # TYPE container_cpu_usage_seconds_total counter
    %s# TYPE container_memory_working_set_bytes gauge
    %s# TYPE node_cpu_usage_seconds_total counter
    node_cpu_usage_seconds_total %s %d
    # TYPE node_memory_working_set_bytes gauge
    node_memory_working_set_bytes %d %d
    """
        .formatted(cpu, memory, hostCpuNanos() / 1e9, now, workingSet, now);
  }

  // The first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal in ticks.
  private static long hostCpuNanos() {
    try (var lines = Files.lines(Path.of("/proc/stat"))) {
      String[] words = lines.findFirst().orElse("").split("\\s+");
      double ticks = 0;
      for (int i = 1; i < words.length && i <= 8; i++) {
        ticks += i == 4 || i == 5 ? 0 : Long.parseLong(words[i]);
      }
      return (long) (ticks / TICKS_PER_SECOND * 1e9);
    } catch (IOException e) {
      return 0;
    }
  }
}
