package dev.mokha.server.services;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.object.KubeObject;
import dev.mokha.server.storage.ObjectReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import tools.jackson.databind.JsonNode;

/**
 * Where the server itself reaches a service: one of its ready endpoints, at random, without the
 * service's own address, which only nodes can route. For proxies, webhooks and aggregated APIs.
 *
 * <p>Endpoints objects are looked at first; a service that has none may have EndpointSlices that
 * somebody keeps by hand.
 */
public final class ServiceEndpoints {
  private static final String SERVICE_LABEL = "kubernetes.io/service-name";

  private final ObjectReader objects;

  /** Looks services up among the stored objects. */
  public ServiceEndpoints(ObjectReader objects) {
    this.objects = requireNonNull(objects, "objects");
  }

  /**
   * An address to connect to.
   *
   * @param host an IP address, or a DNS name for services of type ExternalName
   */
  public record Endpoint(String host, int port) {}

  /**
   * Where a port of a service is served right now; an ExternalName service leads to its name.
   *
   * @param port the service's own port, such as 443
   * @throws StatusException {@code NotFound} without such a service, {@code ServiceUnavailable}
   *     without such a port or a ready endpoint
   */
  public Endpoint resolve(String namespace, String name, int port) {
    JsonNode spec = service(namespace, name).toTree().path("spec");
    if (spec.path("type").asString("").equals("ExternalName")) {
      return new Endpoint(spec.path("externalName").asString(""), port);
    }
    return ready(namespace, name, Integer.toString(port));
  }

  /**
   * A ready endpoint of a service.
   *
   * @param port the name or the number of the service's port; empty for its only one
   * @throws StatusException as {@link #resolve}
   */
  public Endpoint ready(String namespace, String name, String port) {
    String portName = portName(service(namespace, name), port);
    List<Endpoint> ready = new ArrayList<>();
    Optional<KubeObject> endpoints = objects.find("", "endpoints", namespace, name);
    if (endpoints.isPresent()) {
      ofEndpoints(endpoints.get(), portName, ready);
    } else {
      for (KubeObject slice : objects.list("discovery.k8s.io", "endpointslices", namespace)) {
        if (name.equals(slice.labels().get(SERVICE_LABEL))) {
          ofSlice(slice, portName, ready);
        }
      }
    }
    if (ready.isEmpty()) {
      throw unavailable("no endpoints available for service \"%s\"".formatted(name));
    }
    return ready.get(ThreadLocalRandom.current().nextInt(ready.size()));
  }

  private KubeObject service(String namespace, String name) {
    return objects
        .find("", "services", namespace, name)
        .orElseThrow(() -> StatusException.notFound("", "services", name));
  }

  private static void ofEndpoints(KubeObject endpoints, String portName, List<Endpoint> ready) {
    for (JsonNode subset : endpoints.toTree().path("subsets")) {
      for (JsonNode port : subset.path("ports")) {
        if (port.path("name").asString("").equals(portName)) {
          for (JsonNode address : subset.path("addresses")) {
            ready.add(new Endpoint(address.path("ip").asString(""), port.path("port").asInt()));
          }
        }
      }
    }
  }

  private static void ofSlice(KubeObject slice, String portName, List<Endpoint> ready) {
    JsonNode tree = slice.toTree();
    for (JsonNode port : tree.path("ports")) {
      if (port.path("name").asString("").equals(portName)) {
        for (JsonNode endpoint : tree.path("endpoints")) {
          // Unknown counts as ready (EndpointConditions).
          JsonNode address = endpoint.path("addresses").path(0);
          if (endpoint.path("conditions").path("ready").asBoolean(true) && address.isString()) {
            ready.add(new Endpoint(address.asString(), port.path("port").asInt()));
          }
        }
      }
    }
  }

  /** The name of the service's port that is meant, by its name or number. */
  private static String portName(KubeObject service, String wanted) {
    JsonNode ports = service.toTree().path("spec").path("ports");
    for (JsonNode port : ports) {
      String name = port.path("name").asString("");
      if (wanted.equals(name)
          || wanted.equals(Integer.toString(port.path("port").asInt()))
          || (wanted.isEmpty() && ports.size() == 1)) {
        return name;
      }
    }
    throw unavailable(
        "no service port \"%s\" found for service \"%s\"".formatted(wanted, service.name()));
  }

  private static StatusException unavailable(String why) {
    return new StatusException(StatusReason.SERVICE_UNAVAILABLE, why, StatusException.Details.NONE);
  }
}
