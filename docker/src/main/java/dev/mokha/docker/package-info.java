/**
 * The Docker Engine API, a face of the engine: version 1.50, and back to 1.24.
 *
 * <p>Start with {@link dev.mokha.docker.DockerApi}, which wires the areas, then {@link
 * dev.mokha.docker.http.Router}, a request's way.
 */
package dev.mokha.docker;
