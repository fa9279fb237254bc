package dev.mokha.node.registration;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.Containers;
import java.util.HashMap;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * What containers that are no pod's take of this machine: those made through Docker's API, builds,
 * machines. The scheduler is not to promise it once more.
 *
 * <ul>
 *   <li>One that asks for memory ({@code --memory-reservation}, else {@code --memory}) counts with
 *       that, used or not, as a pod's request does.
 *   <li>One that doesn't counts with the memory it uses, measured at each look: memory that is gone
 *       can't be promised to a pod, and most containers of Docker's users have no limits.
 *   <li>{@code --cpus} counts; without it no CPU time does. The kernel shares that out anew at any
 *       moment, by weight, so nobody lacks what he was promised.
 * </ul>
 *
 * <p>What is measured is counted in steps of 64 MiB, upwards at once and downwards by two steps at
 * least, so that a container that breathes does not change the Node object with each breath.
 */
public final class Takings {
  static final long STEP_BYTES = 64L << 20;

  private final Containers containers;
  private final ToLongFunction<Container> measure;
  private final Map<String, Long> measured = new HashMap<>();

  /** Of an engine's containers. */
  public Takings(Containers containers) {
    this(containers, Container::workingSetBytes);
  }

  Takings(Containers containers, ToLongFunction<Container> measure) {
    this.containers = requireNonNull(containers, "containers");
    this.measure = requireNonNull(measure, "measure");
  }

  /** What is taken now. */
  public synchronized Taken now() {
    Taken sum = Taken.NOTHING;
    Map<String, Long> seen = new HashMap<>();
    for (Container container : containers.list("")) {
      if (!Taken.counts(container) || !isUp(container.state().status())) {
        continue;
      }
      Taken promised = Taken.promised(container.spec().resources());
      if (promised.memoryBytes() == 0) {
        long before = measured.getOrDefault(container.id(), 0L);
        long bytes = settle(before, measure.applyAsLong(container));
        seen.put(container.id(), bytes);
        promised = promised.plus(new Taken(0, bytes));
      }
      sum = sum.plus(promised);
    }
    measured.clear();
    measured.putAll(seen);
    return sum;
  }

  private static boolean isUp(Container.Status status) {
    return status == Container.Status.RUNNING || status == Container.Status.PAUSED;
  }

  /** In whole steps; what shrinks by less than two of them has not shrunk. */
  static long settle(long before, long bytes) {
    long steps = (bytes + STEP_BYTES - 1) / STEP_BYTES * STEP_BYTES;
    return steps < before && before - steps < 2 * STEP_BYTES ? before : steps;
  }
}
