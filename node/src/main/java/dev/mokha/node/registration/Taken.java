package dev.mokha.node.registration;

import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.Containers;
import dev.mokha.engine.containers.Resources;

/**
 * What containers that are no pod's have been promised of this machine: those made through Docker's
 * API, builds, machines. It is taken off the node's Allocatable, so that the scheduler does not
 * promise it once more. A container without limits is promised nothing.
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

  /** By the containers that run now. */
  public static Taken by(Containers containers) {
    Taken sum = NOTHING;
    for (Container container : containers.list("")) {
      if (counts(container) && isUp(container.state().status())) {
        sum = sum.plus(of(container.spec().resources()));
      }
    }
    return sum;
  }

  /** Whether a container is one of those that are taken off. */
  static boolean counts(Container container) {
    return !container.spec().owner().startsWith(PODS);
  }

  private static boolean isUp(Container.Status status) {
    return status == Container.Status.RUNNING || status == Container.Status.PAUSED;
  }

  /** The limits of one container: what it is sure to get comes before what it may get at most. */
  static Taken of(Resources resources) {
    long period =
        resources.cpuPeriodMicros() > 0 ? resources.cpuPeriodMicros() : DEFAULT_PERIOD_MICROS;
    long memory =
        resources.memoryReservationBytes() > 0
            ? resources.memoryReservationBytes()
            : resources.memoryBytes();
    return new Taken(Math.max(0, resources.cpuQuotaMicros()) * 1000 / period, Math.max(0, memory));
  }

  private Taken plus(Taken other) {
    return new Taken(cpuMillis + other.cpuMillis, memoryBytes + other.memoryBytes);
  }
}
