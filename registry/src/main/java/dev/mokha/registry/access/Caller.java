package dev.mokha.registry.access;

import dev.mokha.registry.storage.RepositoryName;

/** Who sent a request, and what he may do. */
public interface Caller {
  /** Who it is. */
  Identity identity();

  /** Whether he may. It may ask the cluster, and wait for its answer. */
  boolean may(Action action, RepositoryName repository);

  /** Whether he may see which repositories there are; each he sees must be his to pull. */
  boolean mayList();

  /**
   * Whether a better token could help: he has shown none, or one for something else. If not, he is
   * refused for good.
   */
  boolean couldAskForMore();
}
