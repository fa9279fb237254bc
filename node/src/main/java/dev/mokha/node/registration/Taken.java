package dev.mokha.node.registration;

import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.Resources;

/**
 * What is taken off the node's Allocatable for containers that are no pod's.
 *
 * @param cpuMillis thousandths of a core
 * @param memoryBytes memory
 */
public record Taken(long cpuMillis, long memoryBytes) {
  /** Nothing. */
  public static final Taken NOTHING = new Taken(0, 0);

  /**
   * How owners of pods' containers begin, see {@link dev.mokha.engine.containers.ContainerSpec}.
   */
  private static final String PODS = "pod/";

  private static final long DEFAULT_PERIOD_MICROS = 100_000;

  /** Whether a container is one of those that are taken off. */
  static boolean counts(Container container) {
    return !container.spec().owner().startsWith(PODS);
  }

  /**
   * What one container has been promised: what it is sure to get comes before what it may get at
   * most.
   */
  static Taken promised(Resources resources) {
    long period =
        resources.cpuPeriodMicros() > 0 ? resources.cpuPeriodMicros() : DEFAULT_PERIOD_MICROS;
    long memory =
        resources.memoryReservationBytes() > 0
            ? resources.memoryReservationBytes()
            : resources.memoryBytes();
    return new Taken(Math.max(0, resources.cpuQuotaMicros()) * 1000 / period, Math.max(0, memory));
  }

  Taken plus(Taken other) {
    return new Taken(cpuMillis + other.cpuMillis, memoryBytes + other.memoryBytes);
  }
}
