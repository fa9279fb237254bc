/**
 * Keeps the status of ResourceQuotas: what is limited and how much of it is used. What may not
 * exceed a quota is refused by the server; see {@link dev.mokha.api.quota.Quota} for the
 * arithmetic.
 */
package dev.mokha.controllers.quota;
