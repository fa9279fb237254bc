package dev.mokha.engine.containers;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/** Something worth telling of a container that is no change of its state. */
public sealed interface ContainerEvent {
  /** The container. */
  Container container();

  /** What its checks say in sum has changed. */
  record HealthChanged(Container container, Container.HealthStatus status)
      implements ContainerEvent {
    /** Both are there. */
    public HealthChanged {
      requireNonNull(container);
      requireNonNull(status);
    }
  }

  /**
   * The kernel killed processes of it for memory.
   *
   * @param kills how many, since its start
   */
  record OutOfMemory(Container container, long kills) implements ContainerEvent {
    /** The container is there. */
    public OutOfMemory {
      requireNonNull(container);
    }
  }

  /**
   * It had used up its CPU quota and was held back.
   *
   * @param periods how many periods since it was last told
   * @param held for how long in all of them
   */
  record Throttled(Container container, long periods, Duration held) implements ContainerEvent {
    /** Both are there. */
    public Throttled {
      requireNonNull(container);
      requireNonNull(held);
    }
  }
}
