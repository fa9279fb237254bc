package dev.mokha.server.rest;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.services.ServiceEndpoints;
import dev.mokha.server.storage.ObjectCache;
import dev.mokha.server.storage.StorageResource;
import dev.mokha.server.storage.StoredObject;
import tools.jackson.databind.JsonNode;

/** Where {@code pods/NAME/proxy} and {@code services/NAME/proxy} lead. */
final class ProxyTargets {
  private final ObjectCache cache;
  private final StorageResource pods;
  private final ServiceEndpoints services;

  ProxyTargets(ObjectCache cache, StorageResource pods) {
    this.cache = requireNonNull(cache, "cache");
    this.pods = requireNonNull(pods, "pods");
    this.services = new ServiceEndpoints(cache);
  }

  /** {@code name}, {@code name:port}, {@code scheme:name} with a colon after it, or all three. */
  private record Name(String scheme, String name, String port) {
    static Name of(String text) {
      String[] parts = text.split(":", -1);
      return switch (parts.length) {
        case 1 -> new Name("", parts[0], "");
        case 2 -> new Name("", parts[0], parts[1]);
        case 3 -> new Name(parts[0], parts[1], parts[2]);
        default -> throw StatusException.badRequest("invalid proxy name \"" + text + "\"");
      };
    }

    boolean tls() {
      return scheme.equals("https");
    }
  }

  /** The path behind {@code /proxy} and the query, which stay as they came. */
  static String pathAndQuery(ApiCall call) {
    String path = call.rest().isEmpty() ? "/" : call.rest();
    String query = call.query().text();
    return query.isEmpty() ? path : path + "?" + query;
  }

  Answer pod(ApiCall call) {
    Name name = Name.of(call.name());
    StoredObject stored = cache.find(pods, pods.key(call.namespace(), name.name));
    if (stored == null) {
      throw StatusException.notFound("", "pods", name.name);
    }
    JsonNode pod = stored.object().toTree();
    String address = pod.path("status").path("podIP").asString("");
    if (address.isEmpty()) {
      throw StatusException.badRequest("address not allowed: the pod has none yet");
    }
    int port = name.port.isEmpty() ? firstPort(pod) : podPort(pod, name.port);
    return new Answer.Tunnel(address, port, name.tls(), pathAndQuery(call));
  }

  private static int firstPort(JsonNode pod) {
    for (JsonNode container : pod.path("spec").path("containers")) {
      for (JsonNode port : container.path("ports")) {
        return port.path("containerPort").asInt();
      }
    }
    return 80;
  }

  private static int podPort(JsonNode pod, String wanted) {
    if (wanted.chars().allMatch(Character::isDigit)) {
      return Integer.parseInt(wanted);
    }
    for (JsonNode container : pod.path("spec").path("containers")) {
      for (JsonNode port : container.path("ports")) {
        if (port.path("name").asString("").equals(wanted)) {
          return port.path("containerPort").asInt();
        }
      }
    }
    throw StatusException.badRequest("the pod has no port named " + wanted);
  }

  Answer service(ApiCall call) {
    Name name = Name.of(call.name());
    ServiceEndpoints.Endpoint to = services.ready(call.namespace(), name.name, name.port);
    return new Answer.Tunnel(to.host(), to.port(), name.tls(), pathAndQuery(call));
  }
}
