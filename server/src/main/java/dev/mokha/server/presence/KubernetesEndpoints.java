package dev.mokha.server.presence;

import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import java.util.Optional;
import java.util.SortedSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Where the Service {@code kubernetes} leads: to all servers, all on one port. */
final class KubernetesEndpoints {
  private static final GroupVersionResource ENDPOINTS =
      new GroupVersionResource("", "v1", "endpoints");
  private static final GroupVersionResource SLICES =
      new GroupVersionResource("discovery.k8s.io", "v1", "endpointslices");
  private static final String NAMESPACE = "default";
  private static final String NAME = "kubernetes";

  private final ApiClient client;
  private final int port;

  KubernetesEndpoints(ApiClient client, int port) {
    this.client = client;
    this.port = port;
  }

  /** Sets the addresses; writes nothing when they are there already. */
  void set(SortedSet<String> addresses) {
    ObjectNode endpoints = object(ENDPOINTS, "Endpoints");
    endpoints.withObject("/metadata/labels").put("endpointslice.kubernetes.io/skip-mirror", "true");
    ArrayNode subsets = endpoints.putArray("subsets");
    ObjectNode subset = subsets.addObject();
    ArrayNode ips = subset.putArray("addresses");
    addresses.forEach(a -> ips.addObject().put("ip", a));
    subset.putArray("ports").add(port());
    write(ENDPOINTS, endpoints, "subsets");

    ObjectNode slice = object(SLICES, "EndpointSlice");
    slice.withObject("/metadata/labels").put("kubernetes.io/service-name", NAME);
    slice.put("addressType", addresses.first().contains(":") ? "IPv6" : "IPv4");
    ArrayNode all = slice.putArray("endpoints");
    for (String address : addresses) {
      ObjectNode endpoint = all.addObject();
      endpoint.putArray("addresses").add(address);
      endpoint.putObject("conditions").put("ready", true);
    }
    slice.putArray("ports").add(port());
    write(SLICES, slice, "endpoints");
  }

  private static ObjectNode object(GroupVersionResource resource, String kind) {
    ObjectNode tree = Json.MAPPER.createObjectNode();
    tree.put("apiVersion", resource.groupVersion()).put("kind", kind);
    tree.putObject("metadata").put("namespace", NAMESPACE).put("name", NAME);
    return tree;
  }

  private ObjectNode port() {
    return Json.MAPPER
        .createObjectNode()
        .put("name", "https")
        .put("port", port)
        .put("protocol", "TCP");
  }

  private void write(GroupVersionResource resource, ObjectNode wanted, String field) {
    Optional<KubeObject> found = client.find(resource, NAMESPACE, NAME);
    if (found.isEmpty()) {
      client.create(resource, NAMESPACE, "", "", KubeObject.of(wanted));
      return;
    }
    ObjectNode tree = found.get().toTree();
    if (addresses(tree.path(field)).equals(addresses(wanted.path(field)))) {
      return;
    }
    tree.set(field, wanted.path(field));
    client.update(resource, NAMESPACE, "", KubeObject.of(tree));
  }

  /** The addresses alone: the server completes all else. */
  private static ArrayNode addresses(JsonNode field) {
    ArrayNode found = Json.MAPPER.createArrayNode();
    for (JsonNode group : field) {
      for (JsonNode address : group.path("addresses")) {
        found.add(address.isObject() ? address.path("ip").asString("") : address.asString(""));
      }
    }
    return found;
  }
}
