package dev.mokha.docker.networks;

import dev.mokha.docker.http.Json;
import dev.mokha.network.bridges.Endpoint;
import dev.mokha.network.bridges.EndpointSpec;
import dev.mokha.network.bridges.Network;
import dev.mokha.network.bridges.NetworkSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Networks and endpoints in Docker's JSON (API 1.50: NetworkInspect, EndpointSettings). */
public final class NetworkJson {
  /** Option of an endpoint: its interface's name in the container. */
  public static final String INTERFACE_NAME = "com.docker.network.endpoint.ifname";

  /** Option of an endpoint: settings of its interface, with commas between. */
  public static final String SYSCTLS = "com.docker.network.endpoint.sysctls";

  private NetworkJson() {}

  /**
   * A network.
   *
   * @param members of whom to say that they are in it; lists say so of nobody
   */
  static ObjectNode of(Network network, Predicate<Endpoint> members) {
    NetworkSpec spec = network.spec();
    ObjectNode json = Json.object();
    json.put("Name", network.name());
    json.put("Id", network.id());
    json.put("Created", network.created().toString());
    json.put("Scope", "local");
    json.put("Driver", network.driver());
    json.put("EnableIPv4", spec.enableIpv4());
    json.put("EnableIPv6", spec.enableIpv6());
    ObjectNode ipam = json.putObject("IPAM").put("Driver", spec.ipamDriver());
    if (network.predefined()) {
      ipam.putNull("Options");
    } else {
      strings(ipam.putObject("Options"), spec.ipamOptions());
    }
    pools(ipam, spec.pools());
    json.put("Internal", spec.internal());
    json.put("Attachable", spec.attachable());
    json.put("Ingress", false);
    json.putObject("ConfigFrom").put("Network", "");
    json.put("ConfigOnly", false);
    ObjectNode containers = json.putObject("Containers");
    network.endpoints().stream()
        .filter(members)
        .forEach(endpoint -> containers.set(endpoint.containerId(), of(endpoint)));
    strings(json.putObject("Options"), spec.options());
    strings(json.putObject("Labels"), spec.labels());
    return json;
  }

  private static void pools(ObjectNode ipam, List<NetworkSpec.Pool> pools) {
    if (pools.isEmpty()) {
      ipam.putNull("Config");
      return;
    }
    ArrayNode array = ipam.putArray("Config");
    for (NetworkSpec.Pool pool : pools) {
      ObjectNode one = array.addObject().put("Subnet", pool.subnet());
      if (!pool.ipRange().isEmpty()) {
        one.put("IPRange", pool.ipRange());
      }
      if (!pool.gateway().isEmpty()) {
        one.put("Gateway", pool.gateway());
      }
      if (!pool.auxiliary().isEmpty()) {
        strings(one.putObject("AuxiliaryAddresses"), pool.auxiliary());
      }
    }
  }

  private static ObjectNode of(Endpoint endpoint) {
    return Json.object()
        .put("Name", endpoint.containerName())
        .put("EndpointID", endpoint.id())
        .put("MacAddress", endpoint.macAddress())
        .put("IPv4Address", prefix(endpoint.ipv4Address(), endpoint.ipv4PrefixLength()))
        .put("IPv6Address", prefix(endpoint.ipv6Address(), endpoint.ipv6PrefixLength()));
  }

  private static String prefix(String address, int length) {
    return address.isEmpty() ? "" : address + "/" + length;
  }

  private static void strings(ObjectNode json, Map<String, String> values) {
    new TreeMap<>(values).forEach(json::put);
  }

  /** What a create request asks for. */
  static NetworkSpec spec(JsonNode body) {
    List<NetworkSpec.Pool> pools = new ArrayList<>();
    JsonNode ipam = body.path("IPAM");
    for (JsonNode pool : ipam.path("Config")) {
      pools.add(
          new NetworkSpec.Pool(
              pool.path("Subnet").asString(""),
              pool.path("IPRange").asString(""),
              pool.path("Gateway").asString(""),
              strings(pool.path("AuxiliaryAddresses"))));
    }
    JsonNode ipv4 = body.path("EnableIPv4");
    return new NetworkSpec(
        body.path("Name").asString(""),
        body.path("Driver").asString(""),
        !ipv4.isBoolean() || ipv4.asBoolean(),
        body.path("EnableIPv6").asBoolean(false),
        body.path("Internal").asBoolean(false),
        body.path("Attachable").asBoolean(false),
        ipam.path("Driver").asString(""),
        strings(ipam.path("Options")),
        pools,
        strings(body.path("Options")),
        strings(body.path("Labels")));
  }

  /** What an {@code EndpointSettings} asks for; links are {@code CONTAINER:ALIAS}. */
  public static EndpointSpec endpoint(JsonNode settings) {
    List<String> aliases = new ArrayList<>();
    settings.path("Aliases").forEach(alias -> aliases.add(alias.asString("")));
    Map<String, String> links = new LinkedHashMap<>();
    for (JsonNode link : settings.path("Links")) {
      String text = link.asString("");
      int colon = text.indexOf(':');
      String container = colon < 0 ? text : text.substring(0, colon);
      links.put(colon < 0 ? text : text.substring(colon + 1), container);
    }
    JsonNode ipam = settings.path("IPAMConfig");
    List<String> linkLocal = new ArrayList<>();
    ipam.path("LinkLocalIPs").forEach(address -> linkLocal.add(address.asString("")));
    JsonNode options = settings.path("DriverOpts");
    String sysctls = options.path(SYSCTLS).asString("");
    return new EndpointSpec(
        aliases,
        ipam.path("IPv4Address").asString(""),
        ipam.path("IPv6Address").asString(""),
        settings.path("MacAddress").asString(""),
        links,
        settings.path("GwPriority").asInt(0),
        options.path(INTERFACE_NAME).asString(""),
        linkLocal,
        sysctls.isEmpty() ? List.of() : List.of(sysctls.split(",")));
  }

  private static Map<String, String> strings(JsonNode object) {
    Map<String, String> read = new TreeMap<>();
    object.properties().forEach(entry -> read.put(entry.getKey(), entry.getValue().asString("")));
    return read;
  }
}
