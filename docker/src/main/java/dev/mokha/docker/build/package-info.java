/**
 * {@code /build}: the engine's builder behind Docker's classic build API.
 *
 * <p>Start with {@link dev.mokha.docker.build.BuildRoutes}. May use {@code docker.http}, {@code
 * docker.events}, {@code docker.images} for names and credentials, and {@code engine.build}.
 */
package dev.mokha.docker.build;
