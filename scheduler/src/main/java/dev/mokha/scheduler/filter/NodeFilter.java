package dev.mokha.scheduler.filter;

import dev.mokha.scheduler.ClusterState;
import dev.mokha.scheduler.NodeState;
import dev.mokha.scheduler.PodDemand;
import java.util.List;

/** One reason why a node may be unfit. */
public interface NodeFilter {
  /**
   * Prepares for one pod: whatever does not depend on the node is worked out here, once.
   *
   * @return what says of each node why it is unfit
   */
  Check prepare(PodDemand pod, ClusterState cluster);

  /** Says why a node is unfit for the prepared pod. */
  @FunctionalInterface
  interface Check {
    /** Every node is fit. */
    Check ALL = node -> List.of();

    /** The reasons as users see them, such as {@code Insufficient cpu}; empty when it is fit. */
    List<String> unfit(NodeState node);
  }
}
