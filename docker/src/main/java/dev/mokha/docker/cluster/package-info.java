/**
 * Docker's containers as the cluster sees them: the read-only resource {@code
 * containers.engine.mokha.dev}. {@link dev.mokha.docker.cluster.ContainerResource} is what the
 * cluster must know of it, {@link dev.mokha.docker.cluster.ContainerMirror} keeps the objects of
 * one node true.
 */
package dev.mokha.docker.cluster;
