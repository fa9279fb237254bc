package dev.mokha.node.registration;

import dev.mokha.node.NodeConfig;

/**
 * What pods may have of a machine (Kubernetes' Allocatable).
 *
 * @param cpuMillis thousandths of a core
 * @param memoryBytes memory
 */
public record NodeCapacity(long cpuMillis, long memoryBytes) {
  /** All but what is reserved for the system. */
  public static NodeCapacity of(NodeConfig config, Machine machine) {
    return new NodeCapacity(
        machine.cpus() * 1000L - config.reservedCpuMillis(),
        machine.memoryBytes() - config.reservedMemoryBytes());
  }

  /** The same, but for what others take. */
  public NodeCapacity without(Taken taken) {
    return new NodeCapacity(
        Math.max(0, cpuMillis - taken.cpuMillis()), Math.max(0, memoryBytes - taken.memoryBytes()));
  }
}
