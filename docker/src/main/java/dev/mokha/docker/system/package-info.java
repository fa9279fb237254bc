/**
 * The daemon itself: {@code /_ping}, {@code /version}, {@code /info}, {@code /system/df}, and what
 * dockerd without swarm and plugins says of those.
 *
 * <p>Start with {@link dev.mokha.docker.system.SystemRoutes}. May use {@code docker.http}, {@code
 * docker.events} and everything of engine.
 */
package dev.mokha.docker.system;
