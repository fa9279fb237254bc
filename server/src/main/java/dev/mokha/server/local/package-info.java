/**
 * The client for code in the server's own process: it enters the pipeline right after decoding.
 *
 * <p>Start with {@link dev.mokha.server.local.LocalApiClient}.
 */
package dev.mokha.server.local;
