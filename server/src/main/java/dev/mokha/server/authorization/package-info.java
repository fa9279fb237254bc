/**
 * May he: from a user and what he wants to a decision.
 *
 * <p>Start with {@link dev.mokha.server.authorization.Authorizer}.
 */
package dev.mokha.server.authorization;
