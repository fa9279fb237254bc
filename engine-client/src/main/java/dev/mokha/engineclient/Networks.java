package dev.mokha.engineclient;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The engine's networks. */
public final class Networks {
  private final Api api;

  Networks(Api api) {
    this.api = api;
  }

  /**
   * A network.
   *
   * @param id its id
   * @param name its name
   * @param driver {@code bridge}, {@code host} or {@code null}
   * @param subnets its ranges, such as {@code 172.18.0.0/16}
   * @param internal whether nothing gets out of it
   * @param labels its labels
   */
  public record Network(
      String id,
      String name,
      String driver,
      List<String> subnets,
      boolean internal,
      Map<String, String> labels) {
    /** Copies the collections. */
    public Network {
      subnets = List.copyOf(subnets);
      labels = Map.copyOf(labels);
    }

    static Network of(JsonNode node) {
      List<String> subnets = new ArrayList<>();
      node.path("IPAM").path("Config").forEach(c -> subnets.add(c.path("Subnet").asString("")));
      return new Network(
          node.path("Id").asString(""),
          node.path("Name").asString(""),
          node.path("Driver").asString(""),
          subnets,
          node.path("Internal").asBoolean(false),
          Images.strings(node.path("Labels")));
    }
  }

  /** All networks that pass the filters. */
  public List<Network> list(Map<String, List<String>> filters) {
    List<Network> networks = new ArrayList<>();
    api.get("/networks", Query.NONE.filters(filters))
        .forEach(node -> networks.add(Network.of(node)));
    return networks;
  }

  /** Makes a bridge network with addresses of the engine's choice; its id. */
  public String create(String name, boolean internal, Map<String, String> labels) {
    return create(
        Api.JSON
            .createObjectNode()
            .put("Name", name)
            .put("Internal", internal)
            .set("Labels", Api.JSON.valueToTree(labels))
            .asObject());
  }

  /** Makes a network from the API's {@code NetworkCreateRequest}; its id. */
  public String create(ObjectNode request) {
    return api.post("/networks/create", Query.NONE, request).path("Id").asString("");
  }

  /** One network, by id or name. */
  public Network inspect(String idOrName) {
    return Network.of(api.get("/networks/" + Api.part(idOrName), Query.NONE));
  }

  /** Connects a container, which may be running. */
  public void connect(String network, String container, List<String> aliases) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("Container", container);
    body.put("EndpointConfig", Map.of("Aliases", aliases));
    api.post("/networks/" + Api.part(network) + "/connect", Query.NONE, body);
  }

  /** Disconnects a container. */
  public void disconnect(String network, String container, boolean force) {
    api.post(
        "/networks/" + Api.part(network) + "/disconnect",
        Query.NONE,
        Map.of("Container", container, "Force", force));
  }

  /** Removes a network that no container is in. */
  public void remove(String idOrName) {
    api.delete("/networks/" + Api.part(idOrName), Query.NONE);
  }
}
