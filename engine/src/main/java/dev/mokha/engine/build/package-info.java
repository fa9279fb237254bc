/**
 * Builds images from Dockerfiles.
 *
 * <p>A build has four parts, each a package: {@code dockerfile} reads the text and knows the
 * grammar, with no I/O; {@code context} is what COPY and ADD may take files from; {@code cache}
 * remembers what a step made of what, by content; {@code run} carries stages out: RUN in a
 * container of owner {@code build}, COPY and ADD straight into the layer's directory.
 *
 * <p>Start with {@link dev.mokha.engine.build.Builder}, then {@code run.StageGraph}. Uses images,
 * snapshots, containers and content of the engine; knows nothing of HTTP or of the commands that
 * start builds.
 */
package dev.mokha.engine.build;
