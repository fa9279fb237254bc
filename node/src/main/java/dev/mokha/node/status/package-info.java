/**
 * What the API is told of the pods of this node.
 *
 * <p>Start with {@link dev.mokha.node.status.PodStatusBuilder}, a pure function from what is
 * observed to a PodStatus; {@link dev.mokha.node.status.StatusManager} sends what changed.
 */
package dev.mokha.node.status;
