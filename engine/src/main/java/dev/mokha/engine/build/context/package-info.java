/**
 * What COPY and ADD may take files from: a tar that was received, a directory, a stage's file
 * system, an address. All are trees of {@link dev.mokha.engine.build.context.FileNode}s, whose
 * content is read and hashed only when somebody asks.
 *
 * <p>Nothing of a received tar becomes a file with a name of its own, so its names can do no harm.
 */
package dev.mokha.engine.build.context;
