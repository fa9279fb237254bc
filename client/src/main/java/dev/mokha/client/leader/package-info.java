/**
 * Of several processes that could do a work, one does it: leader election by a Lease, as
 * Kubernetes' own components elect theirs.
 *
 * <p>Start with {@link dev.mokha.client.leader.LeaderElector}.
 */
package dev.mokha.client.leader;
