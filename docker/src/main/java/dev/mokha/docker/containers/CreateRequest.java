package dev.mokha.docker.containers;

import static java.util.Objects.requireNonNull;

import dev.mokha.docker.http.Json;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/**
 * A container that is wanted.
 *
 * @param name empty to have one made
 * @param namespace whose it is in the cluster
 * @param user who asks
 * @param joining hears of each container that the new one takes part in; refuses it with an
 *     exception
 * @param config Docker's Config
 * @param hostConfig Docker's HostConfig
 * @param networking Docker's NetworkingConfig
 */
public record CreateRequest(
    String name,
    String namespace,
    String user,
    Consumer<DockerContainer> joining,
    ObjectNode config,
    ObjectNode hostConfig,
    ObjectNode networking) {
  /** Nothing may be null. */
  public CreateRequest {
    requireNonNull(name);
    requireNonNull(namespace);
    requireNonNull(user);
    requireNonNull(joining);
    requireNonNull(config);
    requireNonNull(hostConfig);
    requireNonNull(networking);
  }

  /** Of the body of POST /containers/create. */
  public static CreateRequest of(
      String name,
      String namespace,
      String user,
      Consumer<DockerContainer> joining,
      ObjectNode body) {
    return new CreateRequest(
        name,
        namespace,
        user,
        joining,
        body,
        Json.object(body, "HostConfig"),
        Json.object(body, "NetworkingConfig"));
  }
}
