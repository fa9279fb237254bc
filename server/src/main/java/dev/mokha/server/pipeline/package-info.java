/**
 * The one way of every request: route, authenticate, limit, audit, authorize, decode, mutate,
 * validate, store, encode.
 *
 * <p>Start with {@link dev.mokha.server.pipeline.Pipeline}.
 */
package dev.mokha.server.pipeline;
