package dev.mokha.engine.containers;

/**
 * Limits of a container; 0 means none.
 *
 * @param cpuShares relative weight, 2 to 262144 (cgroup v1 scale; converted for v2)
 * @param cpuQuotaMicros CPU time each period
 * @param cpuPeriodMicros the period
 * @param memoryBytes hard limit
 * @param memorySwapBytes memory and swap together; equal to memoryBytes for no swap
 * @param pids most processes
 * @param oomScoreAdj -1000 to 1000
 * @param cpusetCpus such as {@code 0-1}; empty for all
 */
public record Resources(
    long cpuShares,
    long cpuQuotaMicros,
    long cpuPeriodMicros,
    long memoryBytes,
    long memorySwapBytes,
    long pids,
    int oomScoreAdj,
    String cpusetCpus) {
  /** No limits. */
  public static final Resources NONE = new Resources(0, 0, 0, 0, 0, 0, 0, "");
}
