/**
 * Builds that clients of BuildKit's protocol ask for: {@link
 * dev.mokha.docker.buildkit.solve.Solves} knows those under way, {@link
 * dev.mokha.docker.buildkit.solve.DockerfileFrontend} hands them to {@code engine.build}, {@link
 * dev.mokha.docker.buildkit.solve.Vertices} is what a client sees of their progress, and {@link
 * dev.mokha.docker.buildkit.solve.Exports} makes of a result what the client wants. Services of
 * gRPC are a thin face over them.
 */
package dev.mokha.docker.buildkit.solve;
