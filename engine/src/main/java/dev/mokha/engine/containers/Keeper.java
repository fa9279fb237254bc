package dev.mokha.engine.containers;

import java.time.Duration;
import java.util.Optional;

/** What a container needs of those who keep all of them. */
interface Keeper {
  /** Who prepares the runs of an owner's containers. */
  Optional<Preparation> preparation(String owner);

  /** A container's state has changed. */
  void changed(ManagedContainer container);

  /** A container's specification has changed. */
  void respecified(ManagedContainer container);

  /** A container is gone. */
  void removed(ManagedContainer container);

  /**
   * A container's run is over, and its cgroup is still there to be read.
   *
   * @param oomKilled whether the kernel killed any of it for memory
   */
  void ending(ManagedContainer container, boolean oomKilled);

  /**
   * How long to wait before a container that has just ended is started again; empty for never.
   *
   * @param ended its state at the end
   */
  Optional<Duration> restartAfter(ManagedContainer container, Container.State ended);

  /** A container that is to be restarted has been cleared away: start it after that time. */
  void restart(ManagedContainer container, Duration pause);

  /** What checks say of it has changed. */
  void healthChanged(ManagedContainer container, Container.Health now);
}
