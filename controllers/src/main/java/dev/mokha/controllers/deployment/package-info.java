/**
 * Rolls a Deployment from one ReplicaSet to the next. Start with {@link
 * dev.mokha.controllers.deployment.DeploymentController}; {@link
 * dev.mokha.controllers.deployment.Rollout} is the arithmetic, without any I/O.
 */
package dev.mokha.controllers.deployment;
