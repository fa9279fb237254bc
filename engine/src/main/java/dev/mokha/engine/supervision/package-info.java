/**
 * What the engine does for a container while nobody looks: starts it again when it has ended,
 * starts what should run when the daemon comes up, and checks its health. The rules are Docker's
 * (Engine API 1.50: RestartPolicy and Healthcheck), and the same for every owner.
 *
 * <p>Start with {@link dev.mokha.engine.supervision.Supervisor}. {@link
 * dev.mokha.engine.supervision.RestartRule} and {@link dev.mokha.engine.supervision.HealthRule}
 * decide, as functions of what was; {@link dev.mokha.engine.supervision.HealthMonitor} waits and
 * runs the checks. What must outlive the daemon (how often a container was restarted, whether
 * somebody stopped it, what its checks said) the container itself keeps on disk, see {@link
 * dev.mokha.engine.supervision.Supervised}.
 */
package dev.mokha.engine.supervision;
