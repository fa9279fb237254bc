/**
 * Who did what: one event for each request that the policy wants (API group {@code audit.k8s.io},
 * version {@code v1}), written as lines of JSON.
 *
 * <p>{@link dev.mokha.server.audit.AuditPolicy} says how much of which request is kept. {@link
 * dev.mokha.server.audit.AuditEvent} collects it on the request's way; it costs next to nothing
 * when the policy does not want the request, and no more than a few small objects when it does.
 * {@link dev.mokha.server.audit.AuditLogFile} turns events into text on a thread of its own. Its
 * queue is bounded, and what does not fit is dropped and counted: a slow disk must not stop a
 * cluster.
 *
 * <p>May use {@code authentication}, {@code metrics} and {@code pipeline}'s answers; start with
 * {@link dev.mokha.server.audit.Audit}.
 */
package dev.mokha.server.audit;
