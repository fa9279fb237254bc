/**
 * The server's view of the store: every object of every resource in memory, always current, and the
 * recent past for watchers.
 *
 * <p>Start with {@link dev.mokha.server.storage.ObjectReader}.
 */
package dev.mokha.server.storage;
