/**
 * The container engine: images, snapshots, containers, exec and logs. One engine serves several
 * owners (a pod, a Docker client, a build, a machine); it knows nothing of Kubernetes.
 *
 * <p>Start with {@link dev.mokha.engine.Engine}, then {@link
 * dev.mokha.engine.containers.Containers} and {@link dev.mokha.engine.images.Images}.
 */
package dev.mokha.engine;
