/**
 * Who asks: from what a connection proves and a request carries to a {@link
 * dev.mokha.server.authentication.UserInfo}.
 *
 * <p>Start with {@link dev.mokha.server.authentication.Authenticator}.
 */
package dev.mokha.server.authentication;
