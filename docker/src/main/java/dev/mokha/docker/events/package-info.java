/**
 * What happened to containers, images, volumes, networks and the daemon, in Docker's words.
 *
 * <p>Start with {@link dev.mokha.docker.events.EventLog}. May use {@code docker.http}, and the
 * listeners of engine and network.
 */
package dev.mokha.docker.events;
