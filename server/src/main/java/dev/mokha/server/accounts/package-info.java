/**
 * Tokens of service accounts that are kept in Secrets, as they were before TokenRequest: made on
 * demand, gone with their account.
 *
 * <p>Start with {@link dev.mokha.server.accounts.SecretTokens}. It runs where the signing key is,
 * which is nowhere but in the server role.
 */
package dev.mokha.server.accounts;
