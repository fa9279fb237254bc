/**
 * A pod as the node sees it, and the pure function that decides what to do next.
 *
 * <p>Start with {@link dev.mokha.node.pod.PodPlanner}: from a {@link dev.mokha.node.pod.BoundPod}
 * (what should be), an {@link dev.mokha.node.pod.ObservedPod} (what is) and the time it makes a
 * {@link dev.mokha.node.pod.Plan}. Nothing here does I/O; dev.mokha.node.lifecycle observes and
 * acts.
 */
package dev.mokha.node.pod;
