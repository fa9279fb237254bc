/**
 * A client of Mokha's engine for Java programs, over the socket that speaks Docker's Engine API. It
 * works with any engine that speaks it, from version 1.24 of the API on.
 *
 * <p>Start with {@link dev.mokha.engineclient.EngineClient}. All calls block; use virtual threads
 * for many at once. Nothing here needs any other module of Mokha.
 */
package dev.mokha.engineclient;
