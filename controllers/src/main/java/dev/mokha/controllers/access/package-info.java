/**
 * Keeps roles that are put together from other roles up to date.
 *
 * <p>Start with {@link dev.mokha.controllers.access.RoleAggregationController}.
 */
package dev.mokha.controllers.access;
