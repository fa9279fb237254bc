/**
 * {@code /volumes}: the engine's volumes as Docker shows them.
 *
 * <p>Start with {@link dev.mokha.docker.volumes.VolumeRoutes}. May use {@code docker.http}, {@code
 * docker.events} and {@code engine.volumes}.
 */
package dev.mokha.docker.volumes;
