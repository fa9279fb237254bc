/**
 * Rolls a Deployment from one ReplicaSet to the next. Start with {@link
 * dev.mokha.controllers.deployment.DeploymentController}; {@link
 * dev.mokha.controllers.deployment.Rollout} and {@link
 * dev.mokha.controllers.deployment.DeploymentStatuses} are the arithmetic, without any I/O; {@code
 * NewestSet} and {@code SetScaling} write what comes of it.
 */
package dev.mokha.controllers.deployment;
