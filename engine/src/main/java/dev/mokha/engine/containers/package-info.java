/**
 * Containers and what is done to them. Start with {@link dev.mokha.engine.containers.Containers}.
 *
 * <p>A container is a definition on disk ({@code ContainerRecord}, made from a {@link
 * dev.mokha.engine.containers.ContainerSpec}); a run is everything else, and its end gives all of
 * that back ({@code ContainerGround}). {@code ManagedContainer} is one container; {@code RunStart},
 * {@code RunStop} and {@code RunEnd} are what is done about its runs; {@code Adoption} finds out,
 * when the engine opens, what became of them meanwhile. Streams to a container's first process go
 * through {@code Attachments}, others through {@code RuntimeExec}.
 *
 * <p>Locks: each container has one, held while it changes; listeners run under it and must not wait
 * for another container. What is read needs none.
 *
 * <p>May use runtime, snapshots, users, security, supervision, and images to find the layers that a
 * container is made from.
 */
package dev.mokha.engine.containers;
