package dev.mokha.docker.containers;

import dev.mokha.docker.http.Json;
import dev.mokha.engine.runtime.Cgroups;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Takes away the limits that this machine's kernel can't keep, and says so in dockerd's words: a
 * client that asks for one must know when he has not got it.
 */
final class KernelLimits {
  private static final String OR_CGROUP = " or the cgroup is not mounted. ";

  private final Cgroups cgroups;

  KernelLimits(Cgroups cgroups) {
    this.cgroups = cgroups;
  }

  /** Changes a HostConfig. */
  void discard(ObjectNode host, List<String> warnings) {
    memory(host, warnings);
    if (number(host, "CpuShares") && !cgroups.offers("cpu", "cpu.shares")) {
      host.put("CpuShares", 0);
      say(warnings, "CPU shares" + OR_CGROUP + "Shares discarded.");
    }
    if ((number(host, "CpuQuota") || number(host, "CpuPeriod"))
        && !cgroups.offers("cpu", "cpu.cfs_quota_us")) {
      host.put("CpuQuota", 0).put("CpuPeriod", 0);
      say(warnings, "CPU CFS scheduler" + OR_CGROUP + "CPU period/quota discarded.");
    }
    if ((number(host, "CpuRealtimeRuntime") || number(host, "CpuRealtimePeriod"))
        && (cgroups.isV2() || !cgroups.offers("cpu", "cpu.rt_runtime_us"))) {
      host.put("CpuRealtimeRuntime", 0).put("CpuRealtimePeriod", 0);
      say(warnings, "CPU real-time scheduler" + OR_CGROUP + "CPU real-time limits discarded.");
    }
    if (!(Json.text(host, "CpusetCpus") + Json.text(host, "CpusetMems")).isEmpty()
        && !cgroups.offers("cpuset", "cpuset")) {
      host.put("CpusetCpus", "").put("CpusetMems", "");
      say(warnings, "cpuset" + OR_CGROUP + "Cpuset discarded.");
    }
    if (Json.number(host, "PidsLimit") > 0 && !cgroups.offers("pids", "pids")) {
      host.putNull("PidsLimit");
      say(warnings, "PIDs limit capabilities" + OR_CGROUP + "PIDs limit discarded.");
    }
    disks(host, warnings);
  }

  private void memory(ObjectNode host, List<String> warnings) {
    if (Json.number(host, "Memory") > 0 && !cgroups.offers("memory", "memory")) {
      host.put("Memory", 0).put("MemorySwap", -1);
      say(warnings, "memory limit capabilities" + OR_CGROUP + "Limitation discarded.");
    }
    if (Json.number(host, "MemorySwap") > 0 && !cgroups.limitsSwap()) {
      host.put("MemorySwap", -1);
      say(warnings, "swap limit capabilities" + OR_CGROUP + "Memory limited without swap.");
    }
    if (Json.has(host, "MemorySwappiness")
        && Json.number(host, "MemorySwappiness") != -1
        && (cgroups.isV2() || !cgroups.offers("memory", "memory.swappiness"))) {
      host.putNull("MemorySwappiness");
      say(warnings, "memory swappiness capabilities" + OR_CGROUP + "Memory swappiness discarded.");
    }
    if (number(host, "MemoryReservation")
        && !cgroups.offers("memory", "memory.soft_limit_in_bytes")) {
      host.put("MemoryReservation", 0);
      say(warnings, "memory soft limit capabilities" + OR_CGROUP + "Limitation discarded.");
    }
    if (Json.flag(host, "OomKillDisable")
        && (cgroups.isV2() || !cgroups.offers("memory", "memory.oom_control"))) {
      host.put("OomKillDisable", false);
      say(warnings, "OomKillDisable. OomKillDisable discarded.");
    }
  }

  private void disks(ObjectNode host, List<String> warnings) {
    boolean weighs =
        cgroups.offers("blkio", "blkio.weight")
            || cgroups.offers("blkio", "blkio.bfq.io_service_bytes");
    if (number(host, "BlkioWeight") && !weighs) {
      host.put("BlkioWeight", 0);
      say(warnings, "Block I/O weight" + OR_CGROUP + "Weight discarded.");
    }
    if (!Json.objects(host, "BlkioWeightDevice").isEmpty() && !weighs) {
      host.set("BlkioWeightDevice", empty());
      say(warnings, "Block I/O weight_device" + OR_CGROUP + "Weight-device discarded.");
    }
    throttle(host, warnings, "BlkioDeviceReadBps", "read_bps", "BPS Block I/O read", "BPS read");
    throttle(
        host, warnings, "BlkioDeviceWriteBps", "write_bps", "BPS Block I/O write", "BPS write");
    throttle(host, warnings, "BlkioDeviceReadIOps", "read_iops", "IOPS Block read", "IOPS read");
    throttle(
        host, warnings, "BlkioDeviceWriteIOps", "write_iops", "IOPS Block write", "IOPS write");
  }

  private void throttle(
      ObjectNode host, List<String> warnings, String field, String file, String what, String of) {
    if (!Json.objects(host, field).isEmpty()
        && !cgroups.offers("blkio", "blkio.throttle." + file + "_device")) {
      host.set(field, empty());
      say(warnings, what + " limit" + OR_CGROUP + "Block I/O " + of + " limit discarded.");
    }
  }

  private static ArrayNode empty() {
    return Json.array();
  }

  private static boolean number(ObjectNode host, String field) {
    return Json.number(host, field) > 0;
  }

  private static void say(List<String> warnings, String what) {
    warnings.add("Your kernel does not support " + what);
  }
}
