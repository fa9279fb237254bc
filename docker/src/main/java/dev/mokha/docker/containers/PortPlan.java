package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.network.bridges.ContainerNetworks.PortRequest;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Which ports are published. */
final class PortPlan {
  private static final Set<String> PROTOCOLS = Set.of("tcp", "udp", "sctp");

  private PortPlan() {}

  /** A port of a container, such as {@code 80/tcp}. */
  record Port(int number, String protocol) {
    static Port parse(String text) {
      int slash = text.indexOf('/');
      String number = slash < 0 ? text : text.substring(0, slash);
      String protocol = slash < 0 ? "tcp" : text.substring(slash + 1);
      try {
        int value = Integer.parseInt(number);
        if (value >= 1 && value <= 65535 && PROTOCOLS.contains(protocol)) {
          return new Port(value, protocol);
        }
      } catch (NumberFormatException e) {
        // Falls to the answer below.
      }
      throw DockerException.invalid("invalid port specification: \"" + text + "\"");
    }

    @Override
    public String toString() {
      return number + "/" + protocol;
    }
  }

  /** Checks all port fields of a creation. */
  static void check(ObjectNode config, ObjectNode host) {
    Json.keys(config, "ExposedPorts").forEach(Port::parse);
    requests(config, host, true);
  }

  /**
   * The ports to publish.
   *
   * @param toAll whether one without an address is open to the outside, or on loopback only
   */
  static List<PortRequest> requests(ObjectNode config, ObjectNode host, boolean toAll) {
    List<PortRequest> all = new ArrayList<>();
    Set<Port> bound = new LinkedHashSet<>();
    for (Map.Entry<String, JsonNode> entry : Json.object(host, "PortBindings").properties()) {
      Port port = Port.parse(entry.getKey());
      if (entry.getValue().isNull() || entry.getValue().isEmpty()) {
        continue;
      }
      bound.add(port);
      for (ObjectNode binding : Json.objects(Json.object(host, "PortBindings"), entry.getKey())) {
        request(port, binding, toAll, all);
      }
    }
    if (Json.flag(host, "PublishAllPorts")) {
      Set<Port> exposed = new LinkedHashSet<>();
      Json.keys(config, "ExposedPorts").forEach(text -> exposed.add(Port.parse(text)));
      Json.keys(host, "PortBindings").forEach(text -> exposed.add(Port.parse(text)));
      exposed.removeAll(bound);
      for (Port port : exposed) {
        addresses("", toAll)
            .forEach(
                address -> all.add(new PortRequest(address, 0, 0, port.number(), port.protocol())));
      }
    }
    return all;
  }

  private static void request(Port port, ObjectNode binding, boolean toAll, List<PortRequest> all) {
    String text = Json.text(binding, "HostPort");
    int first = 0;
    int last = 0;
    if (!text.isEmpty()) {
      try {
        int dash = text.indexOf('-');
        first = Integer.parseInt(dash < 0 ? text : text.substring(0, dash));
        last = dash < 0 ? first : Integer.parseInt(text.substring(dash + 1));
      } catch (NumberFormatException e) {
        throw DockerException.invalid("invalid port specification: \"" + text + "\"");
      }
      if (first < 0 || last > 65535 || last < first) {
        throw DockerException.invalid("invalid port specification: \"" + text + "\"");
      }
    }
    for (String address : addresses(Json.text(binding, "HostIp"), toAll)) {
      all.add(new PortRequest(address, first, last, port.number(), port.protocol()));
    }
  }

  /** Docker opens a port without an address to everybody; here that must be said. */
  private static List<String> addresses(String given, boolean toAll) {
    return given.isEmpty() ? List.of(toAll ? "" : "127.0.0.1") : List.of(given);
  }
}
