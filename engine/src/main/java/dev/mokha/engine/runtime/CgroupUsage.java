package dev.mokha.engine.runtime;

import dev.mokha.engine.containers.Usage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads what one cgroup uses; what is gone reads as zero. */
final class CgroupUsage {
  /** The kernel's word for "no limit" in v1 is the largest number of whole pages. */
  private static final long UNLIMITED = Long.MAX_VALUE - (1 << 20);

  /** What io.stat calls the four counters of {@link Usage.Disk}. */
  private static final List<String> V2_COLUMNS = List.of("rbytes", "wbytes", "rios", "wios");

  private final Cgroups cgroups;
  private final String path;

  CgroupUsage(Cgroups cgroups, String path) {
    this.cgroups = cgroups;
    this.path = path;
  }

  Usage read() {
    return cgroups.isV2() ? v2() : v1();
  }

  private Usage v2() {
    Map<String, Long> cpu = fields("cpu", "cpu.stat");
    Map<String, Long> memory = fields("memory", "memory.stat");
    Map<Long, long[]> disks = new TreeMap<>();
    for (String line : Cgroups.text(file("io", "io.stat")).lines().toList()) {
      String[] words = line.split(" ");
      for (int i = 1; i < words.length; i++) {
        int equals = words[i].indexOf('=');
        int column = equals < 0 ? -1 : V2_COLUMNS.indexOf(words[i].substring(0, equals));
        if (column >= 0) {
          put(disks, words[0], column, words[i].substring(equals + 1));
        }
      }
    }
    return new Usage(
        new Usage.Cpu(
            cpu.getOrDefault("usage_usec", 0L) * 1000,
            cpu.getOrDefault("user_usec", 0L) * 1000,
            cpu.getOrDefault("system_usec", 0L) * 1000,
            cpu.getOrDefault("nr_periods", 0L),
            cpu.getOrDefault("nr_throttled", 0L),
            cpu.getOrDefault("throttled_usec", 0L) * 1000),
        new Usage.Memory(
            number("memory", "memory.current"),
            number("memory", "memory.peak"),
            limit("memory", "memory.max"),
            memory.getOrDefault("inactive_file", 0L),
            memory.getOrDefault("file", 0L),
            fields("memory", "memory.events").getOrDefault("oom_kill", 0L),
            memory),
        disks(disks),
        List.of(),
        number("pids", "pids.current"),
        limit("pids", "pids.max"));
  }

  private Usage v1() {
    Map<String, Long> cpu = fields("cpu", "cpu.stat");
    Map<String, Long> memory = fields("memory", "memory.stat");
    Map<Long, long[]> disks = new TreeMap<>();
    v1Disks(disks, "blkio.throttle.io_service_bytes_recursive", 0);
    v1Disks(disks, "blkio.throttle.io_serviced_recursive", 2);
    return new Usage(
        new Usage.Cpu(
            number("cpuacct", "cpuacct.usage"),
            number("cpuacct", "cpuacct.usage_user"),
            number("cpuacct", "cpuacct.usage_sys"),
            cpu.getOrDefault("nr_periods", 0L),
            cpu.getOrDefault("nr_throttled", 0L),
            cpu.getOrDefault("throttled_time", 0L)),
        new Usage.Memory(
            number("memory", "memory.usage_in_bytes"),
            number("memory", "memory.max_usage_in_bytes"),
            limit("memory", "memory.limit_in_bytes"),
            memory.getOrDefault("total_inactive_file", 0L),
            memory.getOrDefault("total_cache", 0L),
            fields("memory", "memory.oom_control").getOrDefault("oom_kill", 0L),
            memory),
        disks(disks),
        List.of(),
        number("pids", "pids.current"),
        limit("pids", "pids.max"));
  }

  /** Lines such as {@code 8:0 Read 4096}. */
  private void v1Disks(Map<Long, long[]> disks, String name, int column) {
    for (String line : Cgroups.text(file("blkio", name)).lines().toList()) {
      String[] words = line.split(" ");
      if (words.length == 3 && words[1].equals("Read")) {
        put(disks, words[0], column, words[2]);
      } else if (words.length == 3 && words[1].equals("Write")) {
        put(disks, words[0], column + 1, words[2]);
      }
    }
  }

  private static void put(Map<Long, long[]> disks, String device, int column, String value) {
    String[] numbers = device.split(":");
    if (numbers.length == 2) {
      long key = Long.parseLong(numbers[0]) << 32 | Long.parseLong(numbers[1]);
      disks.computeIfAbsent(key, any -> new long[4])[column] = Long.parseLong(value);
    }
  }

  private static List<Usage.Disk> disks(Map<Long, long[]> counted) {
    List<Usage.Disk> disks = new ArrayList<>();
    counted.forEach(
        (device, n) ->
            disks.add(
                new Usage.Disk((int) (device >> 32), device.intValue(), n[0], n[1], n[2], n[3])));
    return disks;
  }

  private Path file(String controller, String name) {
    return cgroups.directory(controller, path).resolve(name);
  }

  private long number(String controller, String name) {
    return Cgroups.number(file(controller, name));
  }

  private long limit(String controller, String name) {
    long limit = number(controller, name);
    return limit >= UNLIMITED ? 0 : limit;
  }

  private Map<String, Long> fields(String controller, String name) {
    Map<String, Long> fields = new LinkedHashMap<>();
    for (String line : Cgroups.text(file(controller, name)).lines().toList()) {
      int blank = line.lastIndexOf(' ');
      if (blank > 0) {
        fields.put(line.substring(0, blank), Long.parseUnsignedLong(line.substring(blank + 1)));
      }
    }
    return fields;
  }
}
