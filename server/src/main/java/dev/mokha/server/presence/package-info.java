/**
 * The servers of a cluster among themselves: who is there, and where pods reach them.
 *
 * <p>Start with {@link dev.mokha.server.presence.ServerPresence}.
 */
package dev.mokha.server.presence;
