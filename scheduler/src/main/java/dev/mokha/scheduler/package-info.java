/**
 * Binds pods to nodes.
 *
 * <p>Start with {@link dev.mokha.scheduler.Scheduler}: it takes one pod at a time from the {@link
 * dev.mokha.scheduler.SchedulingQueue}, asks every {@link dev.mokha.scheduler.filter.NodeFilter}
 * which nodes can run it, lets every {@link dev.mokha.scheduler.score.NodeScorer} rate those, and
 * binds it to the best. {@link dev.mokha.scheduler.ClusterState} is what it believes of the nodes,
 * bindings under way included.
 */
package dev.mokha.scheduler;
