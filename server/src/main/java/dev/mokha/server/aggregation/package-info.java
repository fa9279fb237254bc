/**
 * API groups that other servers answer (APIService, the aggregation layer): which those are,
 * whether they can be had, and what they say of themselves.
 *
 * <p>Start with {@link dev.mokha.server.aggregation.Aggregator}. The package knows nothing of the
 * requests that pass through; {@code dev.mokha.server.http} forwards those, to the address and with
 * the connections it gets here.
 */
package dev.mokha.server.aggregation;
