package dev.mokha.cli.daemon;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.registry.Registry;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The Service {@code registry} of {@code kube-system}, by which pods reach the registry: under that
 * name and as {@code registry.mokha.local}, with and without the port, so that an image is called
 * in a pod what it is called everywhere.
 *
 * <p>Servers that share a store have a registry each. The Service leads to one of them, the first
 * that came, so that what a pod pushes is there for the next one; the others say so.
 */
final class RegistryService {
  static final String NAMESPACE = "kube-system";
  static final String NAME = "registry";

  private static final Logger log = LoggerFactory.getLogger(RegistryService.class);
  private static final GroupVersionResource SERVICES =
      new GroupVersionResource("", "v1", "services");
  private static final GroupVersionResource SLICES =
      new GroupVersionResource("discovery.k8s.io", "v1", "endpointslices");
  private static final String SERVER = "mokha.dev/server";
  private static final int HTTPS = 443;

  private final ApiClient client;
  private final InetAddress address;
  private final String identity;
  private final boolean shared;

  /**
   * Where pods are led.
   *
   * @param elsewhere another server, by its identity, whose registry is the one that pods reach;
   *     empty when it is this one
   */
  record Published(String elsewhere) {}

  /**
   * The Service of a server's registry.
   *
   * @param client may change Services and slices
   * @param address where pods reach this server
   * @param identity of this server
   * @param shared whether other servers have the same store
   */
  RegistryService(ApiClient client, InetAddress address, String identity, boolean shared) {
    this.client = requireNonNull(client);
    this.address = requireNonNull(address);
    this.identity = requireNonNull(identity);
    this.shared = shared;
  }

  /** The host names that the Service has for pods, beside {@link Registry#HOST}. */
  static List<String> names(String clusterDomain) {
    String name = NAME + "." + NAMESPACE;
    return List.of(name, name + ".svc", name + ".svc." + clusterDomain);
  }

  /** Leads pods to a port of this server; a fault is logged, and nodes pull all the same. */
  Published publish(int port) {
    try {
      String other = shared ? holder().filter(h -> !h.equals(identity)).orElse("") : "";
      if (!other.isEmpty()) {
        log.warn(
            "each server has an image registry of its own, and pods reach that of {}: what is"
                + " pushed to this server's address is here alone",
            other);
        return new Published(other);
      }
      if (address.isLoopbackAddress()) {
        log.info("pods can't reach the registry: the server listens on the loopback interface");
        return new Published("");
      }
      apply(SERVICES, service(port));
      apply(SLICES, slice(port));
      if (shared) {
        log.info(
            "servers that share a store have an image registry each; pods reach this one, and the"
                + " others don't know its images");
      }
    } catch (StatusException e) {
      log.warn("pods can't reach the registry by its Service: {}", e.getMessage());
    }
    return new Published("");
  }

  /** Whose registry the Service leads to. */
  private Optional<String> holder() {
    return client
        .find(SLICES, NAMESPACE, NAME)
        .map(s -> s.toTree().path("metadata").path("annotations").path(SERVER).asString(""))
        .filter(s -> !s.isEmpty());
  }

  /** Takes the Service away, when this server led there and has no registry any more. */
  void withdraw() {
    try {
      if (holder().filter(identity::equals).isPresent()) {
        client.delete(SLICES, NAMESPACE, NAME, ApiClient.DeleteOptions.DEFAULT);
        client.delete(SERVICES, NAMESPACE, NAME, ApiClient.DeleteOptions.DEFAULT);
      }
    } catch (StatusException e) {
      log.warn("the registry's Service can't be removed: {}", e.getMessage());
    }
  }

  private void apply(GroupVersionResource resource, ObjectNode tree) {
    client.patch(
        resource, NAMESPACE, NAME, "", ApiClient.PatchType.APPLY, KubeObject.of(tree).json(), true);
  }

  private static ObjectNode object(GroupVersionResource resource, String kind) {
    ObjectNode tree = Json.MAPPER.createObjectNode();
    tree.put("apiVersion", resource.groupVersion()).put("kind", kind);
    tree.putObject("metadata").put("namespace", NAMESPACE).put("name", NAME);
    return tree;
  }

  private static ObjectNode service(int port) {
    ObjectNode tree = object(SERVICES, "Service");
    ObjectNode spec = tree.putObject("spec").put("type", "ClusterIP");
    ArrayNode ports = spec.putArray("ports");
    ports.add(port("https", HTTPS).put("targetPort", port));
    if (port != HTTPS) {
      ports.add(port("registry", port).put("targetPort", port));
    }
    return tree;
  }

  private ObjectNode slice(int port) {
    ObjectNode tree = object(SLICES, "EndpointSlice");
    ObjectNode metadata = tree.withObject("/metadata");
    metadata
        .putObject("labels")
        .put("kubernetes.io/service-name", NAME)
        .put("endpointslice.kubernetes.io/managed-by", "mokha");
    metadata.putObject("annotations").put(SERVER, identity);
    tree.put("addressType", address.getHostAddress().contains(":") ? "IPv6" : "IPv4");
    ObjectNode endpoint = tree.putArray("endpoints").addObject();
    endpoint.putArray("addresses").add(address.getHostAddress());
    endpoint.putObject("conditions").put("ready", true);
    ArrayNode ports = tree.putArray("ports");
    ports.add(port("https", port));
    if (port != HTTPS) {
      ports.add(port("registry", port));
    }
    return tree;
  }

  private static ObjectNode port(String name, int port) {
    return Json.MAPPER
        .createObjectNode()
        .put("name", name)
        .put("protocol", "TCP")
        .put("port", port);
  }
}
