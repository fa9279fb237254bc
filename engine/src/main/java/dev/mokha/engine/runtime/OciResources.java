package dev.mokha.engine.runtime;

import dev.mokha.engine.containers.Resources;
import java.util.EnumMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes limits as {@code linux.resources} (OCI runtime spec, section Control groups). What this
 * machine's kernel can't limit is left out, as dockerd does: a runtime would refuse the container.
 */
final class OciResources {
  private static final Logger log = LoggerFactory.getLogger(OciResources.class);

  private static final Map<Resources.Throttle.Kind, String> THROTTLES =
      new EnumMap<>(
          Map.of(
              Resources.Throttle.Kind.READ_BYTES, "throttleReadBpsDevice",
              Resources.Throttle.Kind.WRITE_BYTES, "throttleWriteBpsDevice",
              Resources.Throttle.Kind.READ_OPERATIONS, "throttleReadIOPSDevice",
              Resources.Throttle.Kind.WRITE_OPERATIONS, "throttleWriteIOPSDevice"));

  private final Cgroups cgroups;

  OciResources(Cgroups cgroups) {
    this.cgroups = cgroups;
  }

  void write(ObjectNode node, Resources limits) {
    memory(node.putObject("memory"), limits);
    cpu(node.putObject("cpu"), limits);
    if (limits.pids() != 0) {
      node.putObject("pids").put("limit", limits.pids() < 0 ? -1 : limits.pids());
    }
    disks(node, limits);
    if (!limits.hugePages().isEmpty() && supported("hugetlb", "hugetlb", "huge pages")) {
      ArrayNode pages = node.putArray("hugepageLimits");
      for (Resources.HugePages limit : limits.hugePages()) {
        pages.addObject().put("pageSize", limit.size()).put("limit", limit.bytes());
      }
    }
  }

  private void memory(ObjectNode memory, Resources limits) {
    if (limits.memoryBytes() != 0) {
      memory.put("limit", Math.max(-1, limits.memoryBytes()));
    }
    if (limits.memorySwapBytes() != 0 && cgroups.limitsSwap()) {
      memory.put("swap", Math.max(-1, limits.memorySwapBytes()));
    }
    if (limits.memoryReservationBytes() > 0) {
      memory.put("reservation", limits.memoryReservationBytes());
    }
    if (!cgroups.isV2()) { // v2 has neither
      if (limits.oomKillDisable()) {
        memory.put("disableOOMKiller", true);
      }
      if (limits.memorySwappiness() != null && limits.memorySwappiness() >= 0) {
        memory.put("swappiness", limits.memorySwappiness());
      }
    }
  }

  private void cpu(ObjectNode cpu, Resources limits) {
    if (limits.cpuShares() > 0) {
      // The v1 scale; runtimes turn it into a weight where there is only v2.
      cpu.put("shares", Math.clamp(limits.cpuShares(), 2, 262144));
    }
    if (limits.cpuQuotaMicros() != 0) {
      cpu.put("quota", limits.cpuQuotaMicros());
    }
    if (limits.cpuPeriodMicros() > 0) {
      cpu.put("period", limits.cpuPeriodMicros());
    }
    if (!cgroups.isV2()) {
      if (limits.realtimePeriodMicros() > 0) {
        cpu.put("realtimePeriod", limits.realtimePeriodMicros());
      }
      if (limits.realtimeRuntimeMicros() > 0) {
        cpu.put("realtimeRuntime", limits.realtimeRuntimeMicros());
      }
    }
    if (!limits.cpusetCpus().isEmpty()) {
      cpu.put("cpus", limits.cpusetCpus());
    }
    if (!limits.cpusetMems().isEmpty()) {
      cpu.put("mems", limits.cpusetMems());
    }
  }

  private void disks(ObjectNode node, Resources limits) {
    ObjectNode disks = node.objectNode();
    boolean weighs = limits.blockWeight() > 0 || !limits.diskWeights().isEmpty();
    if (weighs && !cgroups.weighsByBfq() && supported("blkio", "blkio.weight", "disk weights")) {
      if (limits.blockWeight() > 0) {
        disks.put("weight", limits.blockWeight());
      }
      for (Resources.DiskWeight weight : limits.diskWeights()) {
        ArrayNode devices = disks.withArray("weightDevice");
        device(devices.addObject(), weight.device()).put("weight", weight.weight());
      }
    }
    if (!limits.throttles().isEmpty()
        && supported("blkio", "blkio.throttle.read_bps_device", "disk throttles")) {
      for (Resources.Throttle throttle : limits.throttles()) {
        ArrayNode devices = disks.withArray(THROTTLES.get(throttle.kind()));
        device(devices.addObject(), throttle.device()).put("rate", throttle.rate());
      }
    }
    if (!disks.isEmpty()) {
      node.set("blockIO", disks);
    }
  }

  private boolean supported(String controller, String file, String what) {
    return cgroups.offers(controller, file) || unsupported(what);
  }

  private static boolean unsupported(String what) {
    log.warn("This kernel can't limit {}; the limit is left out", what);
    return false;
  }

  private static ObjectNode device(ObjectNode node, String path) {
    long number = DeviceNumber.ofDisk(path);
    return node.put("major", DeviceNumber.major(number)).put("minor", DeviceNumber.minor(number));
  }
}
