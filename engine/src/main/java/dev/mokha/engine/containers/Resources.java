package dev.mokha.engine.containers;

import java.util.List;

/**
 * Limits of a container; 0 means none.
 *
 * @param cpuShares relative weight, 2 to 262144 (cgroup v1 scale; converted for v2)
 * @param cpuQuotaMicros CPU time each period
 * @param cpuPeriodMicros the period
 * @param memoryBytes hard limit
 * @param memorySwapBytes memory and swap together; equal to memoryBytes for no swap; -1 for all
 * @param pids most processes
 * @param oomScoreAdj -1000 to 1000
 * @param cpusetCpus such as {@code 0-1}; empty for all
 * @param memoryReservationBytes what is left to it when memory is short
 * @param cpusetMems NUMA nodes such as {@code 0}; empty for all
 * @param blockWeight share of disk time, 10 to 1000
 * @param throttles limits of single disks
 * @param hugePages limits of huge pages
 * @param diskWeights shares of single disks
 * @param oomKillDisable whether its processes wait for memory instead of being killed (cgroup v1)
 * @param memorySwappiness 0 to 100 (cgroup v1); null for the host's
 * @param realtimePeriodMicros period of its real-time CPU (cgroup v1)
 * @param realtimeRuntimeMicros real-time CPU each period (cgroup v1)
 */
public record Resources(
    long cpuShares,
    long cpuQuotaMicros,
    long cpuPeriodMicros,
    long memoryBytes,
    long memorySwapBytes,
    long pids,
    int oomScoreAdj,
    String cpusetCpus,
    long memoryReservationBytes,
    String cpusetMems,
    int blockWeight,
    List<Throttle> throttles,
    List<HugePages> hugePages,
    List<DiskWeight> diskWeights,
    Boolean oomKillDisable,
    Integer memorySwappiness,
    Long realtimePeriodMicros,
    Long realtimeRuntimeMicros) {
  /** No limits. */
  public static final Resources NONE = new Resources(0, 0, 0, 0, 0, 0, 0, "");

  /** Fills what a definition written by an earlier version lacks. */
  public Resources {
    cpusetCpus = cpusetCpus == null ? "" : cpusetCpus;
    cpusetMems = cpusetMems == null ? "" : cpusetMems;
    throttles = throttles == null ? List.of() : List.copyOf(throttles);
    hugePages = hugePages == null ? List.of() : List.copyOf(hugePages);
    diskWeights = diskWeights == null ? List.of() : List.copyOf(diskWeights);
    oomKillDisable = oomKillDisable != null && oomKillDisable;
    realtimePeriodMicros = realtimePeriodMicros == null ? 0L : realtimePeriodMicros;
    realtimeRuntimeMicros = realtimeRuntimeMicros == null ? 0L : realtimeRuntimeMicros;
  }

  /** Without what only cgroup v1 knows. */
  public Resources(
      long cpuShares,
      long cpuQuotaMicros,
      long cpuPeriodMicros,
      long memoryBytes,
      long memorySwapBytes,
      long pids,
      int oomScoreAdj,
      String cpusetCpus,
      long memoryReservationBytes,
      String cpusetMems,
      int blockWeight,
      List<Throttle> throttles,
      List<HugePages> hugePages) {
    this(
        cpuShares,
        cpuQuotaMicros,
        cpuPeriodMicros,
        memoryBytes,
        memorySwapBytes,
        pids,
        oomScoreAdj,
        cpusetCpus,
        memoryReservationBytes,
        cpusetMems,
        blockWeight,
        throttles,
        hugePages,
        List.of(),
        false,
        null,
        0L,
        0L);
  }

  /** Limits of CPU, memory and processes alone. */
  public Resources(
      long cpuShares,
      long cpuQuotaMicros,
      long cpuPeriodMicros,
      long memoryBytes,
      long memorySwapBytes,
      long pids,
      int oomScoreAdj,
      String cpusetCpus) {
    this(
        cpuShares,
        cpuQuotaMicros,
        cpuPeriodMicros,
        memoryBytes,
        memorySwapBytes,
        pids,
        oomScoreAdj,
        cpusetCpus,
        0,
        "",
        0,
        List.of(),
        List.of());
  }

  /**
   * A limit of one disk.
   *
   * @param device the host's block device, such as {@code /dev/sda}
   * @param kind what is limited
   * @param rate bytes or operations a second
   */
  public record Throttle(String device, Kind kind, long rate) {
    /** What is limited. */
    public enum Kind {
      READ_BYTES,
      WRITE_BYTES,
      READ_OPERATIONS,
      WRITE_OPERATIONS
    }
  }

  /** A share of one disk's time: the host's block device, 10 to 1000. */
  public record DiskWeight(String device, int weight) {}

  /** A limit of huge pages of one size, such as {@code 2MB}. */
  public record HugePages(String size, long bytes) {}
}
