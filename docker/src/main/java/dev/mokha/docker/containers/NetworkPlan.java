package dev.mokha.docker.containers;

import dev.mokha.docker.access.Namespaces;
import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.networks.NetworkJson;
import dev.mokha.network.bridges.EndpointSpec;
import dev.mokha.network.bridges.Network;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a container's network is: the host's, another container's, none, or places in networks. */
final class NetworkPlan {
  /** In an endpoint's settings: the network its name meant when it was asked about. */
  static final String NETWORK_ID = "NetworkID";

  private NetworkPlan() {}

  /** What NetworkMode says. */
  sealed interface Mode {
    /** The host's own. */
    record Host() implements Mode {}

    /** Another container's, by its name or id. */
    record OfContainer(String container) implements Mode {}

    /** Networks; the first is named here. */
    record Of(String network) implements Mode {}
  }

  static Mode mode(ObjectNode host) {
    String mode = Json.text(host, "NetworkMode");
    if (mode.equals("host")) {
      return new Mode.Host();
    }
    if (mode.startsWith("container:")) {
      return new Mode.OfContainer(mode.substring("container:".length()));
    }
    return new Mode.Of(mode.isEmpty() || mode.equals("default") ? "bridge" : mode);
  }

  /** Refuses what contradicts itself, with dockerd's words. */
  static void check(ObjectNode config, ObjectNode host) {
    Mode mode = mode(host);
    boolean joined = mode instanceof Mode.OfContainer;
    boolean ofHost = mode instanceof Mode.Host;
    if (Json.text(host, "NetworkMode").equals("container:")) {
      throw DockerException.invalid(
          "Invalid network mode: invalid container format container:<name|id>");
    }
    conflict(
        joined && !Json.text(config, "Hostname").isEmpty(),
        "conflicting options: hostname and the network mode");
    conflict(
        Json.text(host, "UTSMode").equals("host") && !Json.text(config, "Hostname").isEmpty(),
        "conflicting options: hostname and the UTS mode");
    boolean links = !Json.strings(host, "Links").isEmpty();
    conflict(
        ofHost && links,
        "conflicting options: host type networking can't be used with links. This would result in"
            + " undefined behavior");
    conflict(
        joined && links,
        "conflicting options: container type network can't be used with links. This would result"
            + " in undefined behavior");
    conflict(
        joined && !Json.strings(host, "Dns").isEmpty(),
        "conflicting options: dns and the network mode");
    conflict(
        joined && !Json.strings(host, "ExtraHosts").isEmpty(),
        "conflicting options: custom host-to-IP mapping and the network mode");
    conflict(
        joined
            && (!Json.object(host, "PortBindings").isEmpty() || Json.flag(host, "PublishAllPorts")),
        "conflicting options: port publishing and the container type network mode");
    conflict(
        joined && !Json.keys(config, "ExposedPorts").isEmpty(),
        "conflicting options: port exposing and the container type network mode");
    conflict(
        joined && !Json.text(config, "MacAddress").isEmpty(),
        "conflicting options: mac-address and the network mode");
  }

  private static void conflict(boolean is, String message) {
    if (is) {
      throw DockerException.invalid(message);
    }
  }

  /**
   * The settings of each network it is to be in, as they were given, by the network's name.
   *
   * @param networking the request's NetworkingConfig
   */
  static ObjectNode endpoints(ObjectNode config, ObjectNode host, ObjectNode networking) {
    ObjectNode given = Json.object(networking, "EndpointsConfig");
    ObjectNode all = Json.object();
    if (!(mode(host) instanceof Mode.Of of)) {
      if (mode(host) instanceof Mode.Host) {
        all.putObject("host");
      }
      return all;
    }
    String first = of.network();
    ObjectNode settings =
        Json.object(given, given.has(first) || !first.equals("bridge") ? first : "default")
            .deepCopy();
    if (Json.text(settings, "MacAddress").isEmpty() && !Json.text(config, "MacAddress").isEmpty()) {
      settings.put("MacAddress", Json.text(config, "MacAddress"));
    }
    all.set(first, settings);
    for (Map.Entry<String, JsonNode> entry : given.properties()) {
      if (!all.has(entry.getKey()) && !entry.getKey().equals("default")) {
        all.set(entry.getKey(), entry.getValue().isNull() ? Json.object() : entry.getValue());
      }
    }
    return all;
  }

  /** Notes which network an endpoint is to be in. */
  static void pin(ObjectNode settings, Network network) {
    settings.put(NETWORK_ID, network.id());
  }

  /**
   * Whether an endpoint may be in the network that its name means now: the one that was asked about
   * when the container was made or connected, one of everybody's, or another of the container's own
   * namespace. A name alone could be another namespace's network by now.
   */
  static boolean admits(ContainerRecord record, ObjectNode settings, Network network) {
    return network.predefined()
        || network.id().equals(Json.text(settings, NETWORK_ID))
        || Namespaces.of(network.spec().labels()).equals(record.namespace());
  }

  /**
   * One network's settings in the engine's form.
   *
   * @param links the HostConfig's, which count in the default network
   */
  static EndpointSpec endpoint(ObjectNode settings, List<String> links) {
    if (links.isEmpty()) {
      return NetworkJson.endpoint(settings);
    }
    ObjectNode linked = settings.deepCopy();
    linked.set("Links", Json.array(links));
    return NetworkJson.endpoint(linked);
  }
}
