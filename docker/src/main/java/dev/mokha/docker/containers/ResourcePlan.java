package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.Resources;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Limits: what of a HostConfig becomes a cgroup's or a process's limit, by dockerd's rules. */
final class ResourcePlan {
  private static final long LEAST_MEMORY = 6L << 20;
  private static final long PERIOD = 100_000;
  private static final Pattern CPUS = Pattern.compile("\\d+(-\\d+)?(,\\d+(-\\d+)?)*");
  private static final List<String> ULIMITS =
      List.of(
          "core",
          "cpu",
          "data",
          "fsize",
          "locks",
          "memlock",
          "msgqueue",
          "nice",
          "nofile",
          "nproc",
          "rss",
          "rtprio",
          "rttime",
          "sigpending",
          "stack");

  /** What an update may change. */
  private static final Set<String> UPDATABLE =
      Set.of(
          "BlkioWeight",
          "CpuPeriod",
          "CpuQuota",
          "CpuRealtimePeriod",
          "CpuRealtimeRuntime",
          "CpuShares",
          "CpusetCpus",
          "CpusetMems",
          "Memory",
          "MemoryReservation",
          "MemorySwap",
          "NanoCpus",
          "PidsLimit");

  private ResourcePlan() {}

  /**
   * The limits.
   *
   * @throws DockerException 400 in dockerd's words
   */
  static Resources of(ObjectNode host, List<String> warnings) {
    memory(host, warnings);
    long quota = Json.number(host, "CpuQuota");
    long period = Json.number(host, "CpuPeriod");
    long nano = Json.number(host, "NanoCpus");
    int processors = Runtime.getRuntime().availableProcessors();
    if (nano != 0) {
      if (period != 0) {
        throw DockerException.invalid(
            "Conflicting options: Nano CPUs and CPU Period cannot both be set");
      }
      if (quota != 0) {
        throw DockerException.invalid(
            "Conflicting options: Nano CPUs and CPU Quota cannot both be set");
      }
      if (nano < 0 || nano > processors * 1_000_000_000L) {
        throw DockerException.invalid(
            "range of CPUs is from 0.01 to "
                + processors
                + ".00, as there are only "
                + processors
                + " CPUs available");
      }
      period = PERIOD;
      quota = nano * PERIOD / 1_000_000_000L;
    }
    if (period != 0 && (period < 1000 || period > 1_000_000)) {
      throw DockerException.invalid(
          "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
    }
    if (quota > 0 && quota < 1000) {
      throw DockerException.invalid("CPU cfs quota can not be less than 1ms (i.e. 1000)");
    }
    cpuset(Json.text(host, "CpusetCpus"), processors);
    long shares = Json.number(host, "CpuShares");
    if (shares < 0) {
      throw DockerException.invalid(
          "invalid CPU shares (" + shares + "): value must be a positive integer");
    }
    long weight = Json.number(host, "BlkioWeight");
    if (weight != 0 && (weight < 10 || weight > 1000)) {
      throw DockerException.invalid("range of blkio weight is from 10 to 1000");
    }
    long adjust = Json.number(host, "OomScoreAdj");
    if (adjust < -1000 || adjust > 1000) {
      throw DockerException.invalid(
          "Invalid value " + adjust + ", range for oom score adj is [-1000, 1000]");
    }
    long pids = Json.number(host, "PidsLimit");
    return new Resources(
        Json.number(host, "CpuShares"),
        quota,
        period,
        Json.number(host, "Memory"),
        Json.number(host, "MemorySwap"),
        Math.max(0, pids),
        (int) adjust,
        Json.text(host, "CpusetCpus"),
        Json.number(host, "MemoryReservation"),
        Json.text(host, "CpusetMems"),
        (int) weight,
        throttles(host),
        List.of(),
        diskWeights(host),
        Json.flag(host, "OomKillDisable"),
        swappiness(host),
        Json.number(host, "CpuRealtimePeriod"),
        Json.number(host, "CpuRealtimeRuntime"));
  }

  private static void memory(ObjectNode host, List<String> warnings) {
    long memory = Json.number(host, "Memory");
    long swap = Json.number(host, "MemorySwap");
    long reservation = Json.number(host, "MemoryReservation");
    if (memory != 0 && memory < LEAST_MEMORY) {
      throw DockerException.invalid("Minimum memory limit allowed is 6MB");
    }
    if (memory > 0 && swap > 0 && swap < memory) {
      throw DockerException.invalid(
          "Minimum memoryswap limit should be larger than memory limit, see usage");
    }
    if (memory == 0 && swap > 0) {
      throw DockerException.invalid(
          "You should always set the Memory limit when using Memoryswap limit, see usage");
    }
    if (reservation != 0 && reservation < LEAST_MEMORY) {
      throw DockerException.invalid("Minimum memory reservation allowed is 6MB");
    }
    if (memory > 0 && reservation > 0 && memory < reservation) {
      throw DockerException.invalid(
          "Minimum memory limit can not be less than memory reservation limit, see usage");
    }
    if (Json.flag(host, "OomKillDisable") && memory == 0) {
      warnings.add(
          "OOM killer is disabled for the container, but no memory limit is set, this can result"
              + " in the system running out of resources.");
    }
  }

  private static Integer swappiness(ObjectNode host) {
    if (!Json.has(host, "MemorySwappiness") || Json.number(host, "MemorySwappiness") == -1) {
      return null;
    }
    long value = Json.number(host, "MemorySwappiness");
    if (value < 0 || value > 100) {
      throw DockerException.invalid(
          "Invalid value: " + value + ", valid memory swappiness range is 0-100");
    }
    return (int) value;
  }

  private static void cpuset(String cpus, int processors) {
    if (cpus.isEmpty()) {
      return;
    }
    if (!CPUS.matcher(cpus).matches()) {
      throw DockerException.invalid(
          "Invalid value " + cpus + " for cpuset cpus: invalid format: " + cpus);
    }
    for (String part : cpus.split("[,-]")) {
      if (part.length() > 5 || Integer.parseInt(part) >= processors) {
        throw DockerException.invalid(
            "Requested CPUs are not available - requested "
                + cpus
                + ", available: 0-"
                + (processors - 1));
      }
    }
  }

  private static List<Resources.Throttle> throttles(ObjectNode host) {
    List<Resources.Throttle> all = new ArrayList<>();
    Map<String, Resources.Throttle.Kind> kinds =
        Map.of(
            "BlkioDeviceReadBps", Resources.Throttle.Kind.READ_BYTES,
            "BlkioDeviceWriteBps", Resources.Throttle.Kind.WRITE_BYTES,
            "BlkioDeviceReadIOps", Resources.Throttle.Kind.READ_OPERATIONS,
            "BlkioDeviceWriteIOps", Resources.Throttle.Kind.WRITE_OPERATIONS);
    kinds.forEach(
        (field, kind) -> {
          for (ObjectNode one : Json.objects(host, field)) {
            all.add(new Resources.Throttle(Json.text(one, "Path"), kind, Json.number(one, "Rate")));
          }
        });
    return all;
  }

  private static List<Resources.DiskWeight> diskWeights(ObjectNode host) {
    List<Resources.DiskWeight> all = new ArrayList<>();
    for (ObjectNode one : Json.objects(host, "BlkioWeightDevice")) {
      all.add(new Resources.DiskWeight(Json.text(one, "Path"), (int) Json.number(one, "Weight")));
    }
    return all;
  }

  /** Limits of the processes. */
  static Map<String, ContainerSpec.Rlimit> rlimits(ObjectNode host) {
    Map<String, ContainerSpec.Rlimit> all = new HashMap<>();
    for (ObjectNode one : Json.objects(host, "Ulimits")) {
      String name = Json.text(one, "Name");
      if (!ULIMITS.contains(name)) {
        throw DockerException.invalid("invalid ulimit type: " + name);
      }
      long soft = Json.number(one, "Soft");
      long hard = Json.number(one, "Hard");
      if (hard != -1 && (soft == -1 || soft > hard)) {
        throw DockerException.invalid(
            "ulimit soft limit must be less than or equal to hard limit: "
                + (soft == -1 ? "soft: -1 (unlimited)" : Long.toString(soft))
                + " > "
                + hard);
      }
      all.put("RLIMIT_" + name.toUpperCase(Locale.ROOT), new ContainerSpec.Rlimit(soft, hard));
    }
    return all;
  }

  /**
   * What an update changes: the fields that were given, laid over what is. What can't be changed
   * while a container is there is left as it is, and said.
   */
  static ObjectNode overlay(ObjectNode host, ObjectNode update, List<String> warnings) {
    ObjectNode merged = host.deepCopy();
    for (Map.Entry<String, JsonNode> field : update.properties()) {
      if (isZero(field.getValue()) || field.getKey().equals("RestartPolicy")) {
        continue;
      }
      if (UPDATABLE.contains(field.getKey())) {
        merged.set(field.getKey(), field.getValue());
      } else if (host.has(field.getKey()) || field.getKey().startsWith("KernelMemory")) {
        warnings.add(
            field.getKey() + " can't be changed by an update; make the container anew to set it");
      }
    }
    return merged;
  }

  private static boolean isZero(JsonNode value) {
    return value.isNull()
        || (value.isNumber() && value.asLong() == 0)
        || (value.isString() && value.stringValue().isEmpty())
        || (value.isBoolean() && !value.asBoolean())
        || (value.isContainer() && value.isEmpty());
  }
}
