package dev.mokha.server.aggregation;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.server.aggregation.ApiService.Backend;
import dev.mokha.server.storage.ObjectReader;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Whether a service could answer at all, by what is written of it and its endpoints. */
final class BackendCheck {
  private static final String SERVICE_LABEL = "kubernetes.io/service-name";

  private final ObjectReader objects;

  BackendCheck(ObjectReader objects) {
    this.objects = requireNonNull(objects, "objects");
  }

  /**
   * What was found.
   *
   * @param problem why it can't answer; null when it could
   * @param trace differs whenever something changed that a new look is worth
   */
  record Finding(Availability problem, String trace) {}

  Finding look(Backend backend) {
    Optional<KubeObject> service =
        objects.find("", "services", backend.namespace(), backend.name());
    String where = "service/%s in \"%s\"".formatted(backend.name(), backend.namespace());
    if (service.isEmpty()) {
      return found(Availability.not("ServiceNotFound", where + " is not present"));
    }
    JsonNode spec = service.get().toTree().path("spec");
    String type = spec.path("type").asString("ClusterIP");
    if (type.equals("ExternalName")) {
      return found(
          Availability.not("FailedDiscoveryCheck", "unsupported service type \"ExternalName\""));
    }
    JsonNode port = null;
    for (JsonNode p : spec.path("ports")) {
      if (p.path("port").asInt() == backend.port()) {
        port = p;
      }
    }
    if (port == null) {
      return found(
          Availability.not(
              "ServicePortError", where + " is not listening on port " + backend.port()));
    }
    return endpoints(backend, where, port.path("name").asString(""));
  }

  private Finding endpoints(Backend backend, String where, String portName) {
    StringBuilder trace = new StringBuilder();
    boolean any = false;
    boolean ready = false;
    List<KubeObject> slices =
        objects.list("discovery.k8s.io", "endpointslices", backend.namespace());
    for (KubeObject slice : slices) {
      if (backend.name().equals(slice.labels().get(SERVICE_LABEL))) {
        any = true;
        trace.append(slice.name()).append('@').append(slice.resourceVersion()).append(' ');
        ready |= hasReady(slice.toTree(), portName);
      }
    }
    if (!any) {
      return found(
          Availability.not("EndpointsNotFound", "cannot find endpointslices for " + where));
    }
    if (!ready) {
      return new Finding(
          Availability.not(
              "MissingEndpoints",
              "endpointslices for %s have no addresses with port name \"%s\""
                  .formatted(where, portName)),
          trace.toString());
    }
    return new Finding(null, trace.toString());
  }

  private static boolean hasReady(JsonNode slice, String portName) {
    boolean port = false;
    for (JsonNode p : slice.path("ports")) {
      port |= p.path("name").asString("").equals(portName);
    }
    if (!port) {
      return false;
    }
    for (JsonNode endpoint : slice.path("endpoints")) {
      if (endpoint.path("conditions").path("ready").asBoolean(true)) {
        return true;
      }
    }
    return false;
  }

  private static Finding found(Availability problem) {
    return new Finding(problem, problem.message());
  }
}
