/**
 * What objects use of a namespace's quotas: the arithmetic of ResourceQuota, shared by the server,
 * which holds new objects to a quota, and by the control loop that keeps its status. Start with
 * {@link dev.mokha.api.quota.Quota}.
 */
package dev.mokha.api.quota;
