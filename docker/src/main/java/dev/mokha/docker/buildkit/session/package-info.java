/**
 * What a client of BuildKit's protocol is asked while it builds: files, secrets, credentials, SSH
 * agents, uploads, and to take results. One class for each, over the calls of a {@link
 * dev.mokha.docker.buildkit.session.Session}; {@link dev.mokha.docker.buildkit.session.Sessions}
 * knows those that are open. Nothing a client sends is trusted. May use {@code wire}, {@code
 * docker.http} and {@code engine.build}.
 */
package dev.mokha.docker.buildkit.session;
