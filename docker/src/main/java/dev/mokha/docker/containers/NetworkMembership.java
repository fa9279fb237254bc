package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.http.Request;
import dev.mokha.docker.networks.Membership;
import dev.mokha.docker.networks.NetworkJson;
import dev.mokha.network.bridges.ContainerNetworks.Sandbox;
import dev.mokha.network.bridges.Endpoint;
import dev.mokha.network.bridges.EndpointSpec;
import dev.mokha.network.bridges.Network;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Puts containers into networks and takes them out: on record, and at once when they run. */
public final class NetworkMembership implements Membership {
  private final DockerContainers containers;
  private final ContainerActions actions;

  /** Over containers. */
  public NetworkMembership(DockerContainers containers) {
    this.containers = containers;
    this.actions = new ContainerActions(containers);
  }

  @Override
  public void connect(Request request, String reference, Network network, EndpointSpec spec) {
    request.require(actions.on("update", reference, request));
    DockerContainer container = ContainerActions.target(request);
    requireOwnNetwork(container);
    if (network.name().equals(Network.HOST)) {
      throw DockerException.invalid(
          "cannot connect container to host network - container must be created in host network"
              + " mode");
    }
    if (network.name().equals(Network.NONE) || container.record().endpoints().has(Network.NONE)) {
      throw DockerException.invalid(
          "container cannot be connected to multiple networks with one of the networks in private"
              + " (none) mode");
    }
    containers.networks().check(network.id(), spec);
    synchronized (container) {
      if (key(container, network).isPresent()) {
        throw new DockerException(
            403,
            "endpoint with name "
                + container.name()
                + " already exists in network "
                + network.name());
      }
      if (container.isRunning()) {
        Endpoint endpoint = containers.networks().attach(container.id(), network.id(), spec);
        containers.preparation().connected("connect", endpoint);
      }
      ObjectNode endpoints = container.record().endpoints().deepCopy();
      ObjectNode settings = settings(spec);
      NetworkPlan.pin(settings, network);
      endpoints.set(network.name(), settings);
      containers.change(container, record -> record.withEndpoints(endpoints));
      files(container);
    }
  }

  @Override
  public boolean visible(Endpoint member, Request request) {
    return containers
        .find(member.containerId())
        .map(container -> request.may(ContainerActions.on("get", container)))
        .orElse(true); // left over by one that is gone
  }

  private static void requireOwnNetwork(DockerContainer container) {
    if (!(NetworkPlan.mode(container.hostConfig()) instanceof NetworkPlan.Mode.Of)) {
      throw DockerException.invalid(
          "container sharing network namespace with another container or host cannot be connected"
              + " to any other network");
    }
  }

  /** The network's name in the container's record, which may be an id there. */
  private static Optional<String> key(DockerContainer container, Network network) {
    return container.record().endpoints().properties().stream()
        .map(entry -> entry.getKey())
        .filter(name -> name.equals(network.name()) || network.id().startsWith(name))
        .findFirst();
  }

  private void files(DockerContainer container) {
    if (container.isRunning()) {
      containers
          .preparation()
          .writeFiles(container.record(), containers.networks().sandbox(container.id()));
    }
  }

  /** As a client would have given it. */
  static ObjectNode settings(EndpointSpec spec) {
    ObjectNode json = Json.object();
    ObjectNode ipam = Json.object();
    if (!spec.ipv4Address().isEmpty()) {
      ipam.put("IPv4Address", spec.ipv4Address());
    }
    if (!spec.ipv6Address().isEmpty()) {
      ipam.put("IPv6Address", spec.ipv6Address());
    }
    if (!spec.linkLocalAddresses().isEmpty()) {
      ipam.set("LinkLocalIPs", Json.array(spec.linkLocalAddresses()));
    }
    if (!ipam.isEmpty()) {
      json.set("IPAMConfig", ipam);
    }
    if (!spec.aliases().isEmpty()) {
      json.set("Aliases", Json.array(spec.aliases()));
    }
    if (!spec.links().isEmpty()) {
      var links = json.putArray("Links");
      spec.links().forEach((alias, target) -> links.add(target + ":" + alias));
    }
    if (!spec.macAddress().isEmpty()) {
      json.put("MacAddress", spec.macAddress());
    }
    if (spec.gatewayPriority() != 0) {
      json.put("GwPriority", spec.gatewayPriority());
    }
    ObjectNode options = Json.object();
    if (!spec.interfaceName().isEmpty()) {
      options.put(NetworkJson.INTERFACE_NAME, spec.interfaceName());
    }
    if (!spec.sysctls().isEmpty()) {
      options.put(NetworkJson.SYSCTLS, String.join(",", spec.sysctls()));
    }
    if (!options.isEmpty()) {
      json.set("DriverOpts", options);
    }
    return json;
  }

  @Override
  public void disconnect(Request request, String reference, Network network, boolean force) {
    request.require(actions.on("update", reference, request));
    Optional<DockerContainer> found = ContainerActions.found(request);
    if (found.isEmpty()) {
      if (force && removeStray(reference, network)) {
        return;
      }
      throw DockerException.notFound("No such container: " + reference);
    }
    DockerContainer container = found.get();
    if (network.name().equals(Network.HOST)) {
      throw DockerException.invalid(
          "container cannot be disconnected from host network or connected to host network");
    }
    synchronized (container) {
      Optional<String> key = key(container, network);
      if (key.isEmpty()) {
        throw new DockerException(
            500, "container " + container.id() + " is not connected to network " + network.name());
      }
      Optional<Endpoint> left = endpoint(container.id(), network);
      if (left.isPresent()) {
        containers.networks().detach(container.id(), network.id());
        containers.preparation().connected("disconnect", left.get());
      }
      ObjectNode endpoints = container.record().endpoints().deepCopy();
      endpoints.remove(key.get());
      containers.change(container, record -> record.withEndpoints(endpoints));
      files(container);
    }
  }

  private Optional<Endpoint> endpoint(String id, Network network) {
    return containers.networks().sandbox(id).map(Sandbox::endpoints).stream()
        .flatMap(java.util.List::stream)
        .filter(one -> one.networkId().equals(network.id()))
        .findFirst();
  }

  /** An endpoint whose container is gone. */
  private boolean removeStray(String reference, Network network) {
    for (Endpoint endpoint : network.endpoints()) {
      if (endpoint.containerId().startsWith(reference)
          || endpoint.containerName().equals(reference)) {
        containers.networks().detach(endpoint.containerId(), network.id());
        return true;
      }
    }
    return false;
  }
}
