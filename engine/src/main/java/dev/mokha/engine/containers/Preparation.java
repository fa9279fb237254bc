package dev.mokha.engine.containers;

/**
 * What an owner does around each run of its containers: networks, volumes, files such as
 * /etc/hosts.
 *
 * <p>For a start, whoever asked for it (a client, a restart policy, the daemon's own start): {@link
 * #prepare}; {@link #complete}; the run; {@link #release}. A daemon that was killed in between
 * finds the container running and adopts it; release then comes with its end, and must work from
 * what is on disk. A run that fails to start is released too.
 */
public interface Preparation {
  /**
   * Makes what a run needs.
   *
   * @return the specification with what belongs to this run alone, such as the path of a network
   *     namespace; it is not kept
   */
  ContainerSpec prepare(Container container, ContainerSpec spec);

  /**
   * Waits for what {@link #prepare} left under way, such as addresses in a network namespace that
   * is there already: making the run's first process takes longer than that. Called when that
   * process is there, and before it begins.
   */
  default void complete(Container container) {}

  /** Takes away what {@link #prepare} made. May be called again, and for what was never made. */
  void release(Container container);
}
