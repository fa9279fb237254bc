package dev.mokha.scheduler.score;

import dev.mokha.scheduler.ClusterState;
import dev.mokha.scheduler.NodeState;
import dev.mokha.scheduler.PodDemand;
import java.util.List;

/** Rates nodes that can run a pod. */
@FunctionalInterface
public interface NodeScorer {
  /**
   * A rating of each node, from 0 to 100, the higher the better; null when it has nothing to say of
   * this pod.
   */
  double[] score(PodDemand pod, List<NodeState> fit, ClusterState cluster);
}
