/**
 * {@code /images}, {@code /commit}, {@code /distribution} and {@code /auth}: the engine's images as
 * Docker shows them, and what moves them between registries, archives and the engine.
 *
 * <p>Start with {@link dev.mokha.docker.images.ImageRoutes} (looking, naming, removing) and {@link
 * dev.mokha.docker.images.TransferRoutes}. May use {@code docker.http}, {@code docker.events} and
 * {@code engine.images}.
 */
package dev.mokha.docker.images;
