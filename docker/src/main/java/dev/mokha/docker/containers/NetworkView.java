package dev.mokha.docker.containers;

import dev.mokha.docker.http.Json;
import dev.mokha.network.bridges.ContainerNetworks;
import dev.mokha.network.bridges.ContainerNetworks.PortBinding;
import dev.mokha.network.bridges.ContainerNetworks.Sandbox;
import dev.mokha.network.bridges.Endpoint;
import dev.mokha.network.bridges.Network;
import dev.mokha.network.bridges.NetworkException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A container's networks and ports as an inspection and a list show them. */
final class NetworkView {
  private final ContainerNetworks networks;

  NetworkView(ContainerNetworks networks) {
    this.networks = networks;
  }

  /** NetworkSettings of an inspection. */
  ObjectNode settings(DockerContainer container) {
    Optional<Sandbox> sandbox = networks.sandbox(container.id());
    ObjectNode json = Json.object();
    json.put("Bridge", "");
    json.put("SandboxID", sandbox.isPresent() ? container.id() : "");
    json.put(
        "SandboxKey",
        sandbox.flatMap(Sandbox::namespace).map(java.nio.file.Path::toString).orElse(""));
    json.set("Ports", ports(container, sandbox));
    json.put("HairpinMode", false);
    json.put("LinkLocalIPv6Address", "");
    json.put("LinkLocalIPv6PrefixLen", 0);
    json.putNull("SecondaryIPAddresses");
    json.putNull("SecondaryIPv6Addresses");
    ObjectNode all = endpoints(container, sandbox);
    ObjectNode first = Json.object(all, Network.DEFAULT);
    for (String field :
        List.of("EndpointID", "Gateway", "GlobalIPv6Address", "IPAddress", "IPv6Gateway")) {
      json.put(field, Json.text(first, field));
    }
    json.put("GlobalIPv6PrefixLen", Json.number(first, "GlobalIPv6PrefixLen"));
    json.put("IPPrefixLen", Json.number(first, "IPPrefixLen"));
    json.put("MacAddress", Json.text(first, "MacAddress"));
    json.set("Networks", all);
    return json;
  }

  private static ObjectNode ports(DockerContainer container, Optional<Sandbox> sandbox) {
    ObjectNode ports = Json.object();
    if (sandbox.isEmpty()) {
      return ports;
    }
    Json.keys(container.record().config(), "ExposedPorts").forEach(ports::putNull);
    for (PortBinding binding : sandbox.get().ports()) {
      String key = binding.containerPort() + "/" + binding.protocol();
      ArrayNode list = ports.get(key) instanceof ArrayNode known ? known : ports.putArray(key);
      list.addObject()
          .put("HostIp", binding.hostAddress())
          .put("HostPort", Integer.toString(binding.hostPort()));
    }
    return ports;
  }

  /** The settings of each network it is in, by the network's name. */
  ObjectNode endpoints(DockerContainer container, Optional<Sandbox> sandbox) {
    ObjectNode all = Json.object();
    for (Map.Entry<String, JsonNode> entry : container.record().endpoints().properties()) {
      Optional<Network> network = network(entry.getKey());
      String name = network.map(Network::name).orElse(entry.getKey());
      Optional<Endpoint> endpoint =
          sandbox.flatMap(
              open ->
                  open.endpoints().stream()
                      .filter(one -> one.networkName().equals(name))
                      .findFirst());
      all.set(name, endpoint(entry.getValue(), network, endpoint));
    }
    return all;
  }

  private Optional<Network> network(String name) {
    try {
      return Optional.of(networks.inspect(name));
    } catch (NetworkException gone) {
      return Optional.empty();
    }
  }

  private static ObjectNode endpoint(
      JsonNode settings, Optional<Network> network, Optional<Endpoint> endpoint) {
    ObjectNode json = Json.object();
    json.set("IPAMConfig", orNull(settings, "IPAMConfig"));
    json.set("Links", orNull(settings, "Links"));
    json.set("Aliases", orNull(settings, "Aliases"));
    json.put("MacAddress", endpoint.map(Endpoint::macAddress).orElse(""));
    json.set("DriverOpts", orNull(settings, "DriverOpts"));
    json.put("GwPriority", Json.number(settings, "GwPriority"));
    json.put("NetworkID", network.map(Network::id).orElse(""));
    json.put("EndpointID", endpoint.map(Endpoint::id).orElse(""));
    json.put("Gateway", endpoint.map(Endpoint::ipv4Gateway).orElse(""));
    json.put("IPAddress", endpoint.map(Endpoint::ipv4Address).orElse(""));
    json.put("IPPrefixLen", endpoint.map(Endpoint::ipv4PrefixLength).orElse(0));
    json.put("IPv6Gateway", endpoint.map(Endpoint::ipv6Gateway).orElse(""));
    json.put("GlobalIPv6Address", endpoint.map(Endpoint::ipv6Address).orElse(""));
    json.put("GlobalIPv6PrefixLen", endpoint.map(Endpoint::ipv6PrefixLength).orElse(0));
    if (endpoint.isPresent() && !endpoint.get().dnsNames().isEmpty()) {
      json.set("DNSNames", Json.array(endpoint.get().dnsNames()));
    } else {
      json.putNull("DNSNames");
    }
    return json;
  }

  private static JsonNode orNull(JsonNode settings, String field) {
    JsonNode value = settings.get(field);
    return value == null ? tools.jackson.databind.node.NullNode.getInstance() : value;
  }

  /** The column PORTS of a list. */
  ArrayNode listed(DockerContainer container) {
    ArrayNode all = Json.array();
    Optional<Sandbox> sandbox = networks.sandbox(container.id());
    if (sandbox.isEmpty() || !container.isRunning()) {
      return all;
    }
    java.util.Set<String> published = new java.util.HashSet<>();
    for (PortBinding binding : sandbox.get().ports()) {
      published.add(binding.containerPort() + "/" + binding.protocol());
      all.addObject()
          .put("IP", binding.hostAddress())
          .put("PrivatePort", binding.containerPort())
          .put("PublicPort", binding.hostPort())
          .put("Type", binding.protocol());
    }
    for (String exposed : Json.keys(container.record().config(), "ExposedPorts")) {
      PortPlan.Port port = PortPlan.Port.parse(exposed);
      if (!published.contains(port.toString())) {
        all.addObject().put("PrivatePort", port.number()).put("Type", port.protocol());
      }
    }
    return all;
  }
}
