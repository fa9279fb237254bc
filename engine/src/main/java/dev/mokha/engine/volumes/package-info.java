/**
 * Volumes: directories that outlive containers, what is mounted on them, and who uses them.
 *
 * <p>Start with {@link dev.mokha.engine.volumes.Volumes}. May use module linux; knows nothing of
 * containers, which are users by their ids.
 */
package dev.mokha.engine.volumes;
