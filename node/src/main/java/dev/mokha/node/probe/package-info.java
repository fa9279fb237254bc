/**
 * Startup, liveness and readiness probes, and the single checks that lifecycle hooks use too. Start
 * with {@link dev.mokha.node.probe.ContainerProbes}.
 */
package dev.mokha.node.probe;
