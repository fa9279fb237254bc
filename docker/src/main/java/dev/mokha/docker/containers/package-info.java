/**
 * Docker's containers: what a client asked for, on record beside the engine's container that it
 * became.
 *
 * <p>{@link dev.mokha.docker.containers.DockerContainers} has them all. A creation goes through
 * {@link dev.mokha.docker.containers.Creation}: image and request are merged, {@code *Plan} classes
 * read one side of the HostConfig each, and the result is an engine's specification plus what only
 * a run can know. That is added by {@link dev.mokha.docker.containers.RunPreparation} each time the
 * container starts: its network, its volumes, its /etc/hosts.
 *
 * <pre>{@code
 * DockerContainer web = containers.create(CreateRequest.of(...));
 * containers.start(web);
 * containers.get("web").engine().awaitExit();
 * containers.remove(web, true, false);
 * }</pre>
 *
 * <p>The HTTP side is in the {@code *Routes} of {@code dev.mokha.docker}.
 */
package dev.mokha.docker.containers;
