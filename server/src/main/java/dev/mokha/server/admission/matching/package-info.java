/**
 * Whether a request is meant by what users configured: the rules, selectors and conditions that
 * webhooks and admission policies have in common.
 *
 * <p>A configuration is compiled once into {@link
 * dev.mokha.server.admission.matching.MatchCriteria}; {@link
 * dev.mokha.server.admission.matching.MatchCriteria#find} then tells for a request whether its
 * resource is meant, and in which form (another version of it, where that is what the rules name),
 * and {@link dev.mokha.server.admission.matching.MatchCriteria#chosen} whether its namespace and
 * its labels are.
 */
package dev.mokha.server.admission.matching;
