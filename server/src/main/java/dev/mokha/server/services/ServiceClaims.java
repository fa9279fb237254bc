package dev.mokha.server.services;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.server.ServerConfig.PortRange;
import dev.mokha.server.storage.ObjectCache;
import dev.mokha.server.storage.ObjectStorage.Create;
import dev.mokha.server.storage.ObjectStorage.Delete;
import dev.mokha.server.storage.ObjectStorage.Write;
import dev.mokha.server.storage.StorageResource;
import dev.mokha.server.storage.StoredObject;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The pools: addresses, claimed by {@code IPAddress} objects, and node ports, claimed by objects of
 * our own that are not served.
 *
 * <pre>{@code
 * String address = claims.address("", "default", "web", writes);    // any
 * int port = claims.nodePort(30080, "default", "web", path, writes); // this one, or a refusal
 * storage.commit(writes);                                            // the service among them
 * }</pre>
 */
public final class ServiceClaims {
  /** Who has which node port; by the port's number. */
  public static final StorageResource NODE_PORTS =
      new StorageResource(
          "mokha.dev", "nodeports", false, new GroupVersionKind("mokha.dev", "v1", "NodePort"));

  private static final int GUESSES = 64;

  private final ObjectCache cache;
  private final StorageResource addresses;
  private final AddressRange range;
  private final PortRange ports;
  private final InstantSource clock;

  /** Claims in those pools. */
  public ServiceClaims(
      ObjectCache cache,
      StorageResource addresses,
      AddressRange range,
      PortRange ports,
      InstantSource clock) {
    this.cache = requireNonNull(cache, "cache");
    this.addresses = requireNonNull(addresses, "addresses");
    this.range = requireNonNull(range, "range");
    this.ports = requireNonNull(ports, "ports");
    this.clock = requireNonNull(clock, "clock");
  }

  /**
   * Claims an address.
   *
   * @param wanted empty for any
   * @param writes gets what must be written with the service
   */
  String address(String wanted, String namespace, String service, List<Write> writes) {
    String address = wanted;
    if (wanted.isEmpty()) {
      address = freeAddress(service);
    } else if (!range.holds(wanted)) {
      throw refused(
          service,
          "spec.clusterIPs",
          "[\"" + wanted + "\"]",
          "failed to allocate IP %s: the provided IP is not in the valid range".formatted(wanted));
    } else if (cache.find(addresses, wanted) != null) {
      throw refused(
          service,
          "spec.clusterIPs",
          "[\"" + wanted + "\"]",
          "failed to allocate IP %s: provided IP is already allocated".formatted(wanted));
    }
    ObjectNode claim = claim(addresses.stored(), address);
    ObjectNode labels = claim.withObject("/metadata/labels");
    labels.put("ipaddress.kubernetes.io/ip-family", "IPv4");
    labels.put("ipaddress.kubernetes.io/managed-by", "ipallocator.k8s.io");
    parent(claim, namespace, service);
    writes.add(new Create(addresses, address, claim));
    return address;
  }

  private String freeAddress(String service) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    for (int i = 0; i < GUESSES; i++) {
      String guess = AddressRange.text(range.candidate(random));
      if (cache.find(addresses, guess) == null) {
        return guess;
      }
    }
    for (long n = range.base() + 1; n < range.base() + range.size() - 1; n++) {
      String next = AddressRange.text(n);
      if (cache.find(addresses, next) == null) {
        return next;
      }
    }
    throw StatusException.internal(
        "failed to allocate a serviceIP for " + service + ": range is full");
  }

  /**
   * Claims a node port.
   *
   * @param wanted 0 for any
   * @param field the path of the field, for a refusal
   */
  int nodePort(int wanted, String namespace, String service, String field, List<Write> writes) {
    int port = wanted;
    if (wanted == 0) {
      port = freePort(service, writes);
    } else if (wanted < ports.first() || wanted > ports.last()) {
      throw refused(
          service,
          field,
          Integer.toString(wanted),
          "provided port is not in the valid range. The range of valid ports is %d-%d"
              .formatted(ports.first(), ports.last()));
    } else if (cache.find(NODE_PORTS, Integer.toString(wanted)) != null) {
      throw refused(service, field, Integer.toString(wanted), "provided port is already allocated");
    }
    ObjectNode claim = claim(NODE_PORTS.stored(), Integer.toString(port));
    parent(claim, namespace, service);
    writes.add(new Create(NODE_PORTS, Integer.toString(port), claim));
    return port;
  }

  private int freePort(String service, List<Write> writes) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    int size = ports.last() - ports.first() + 1;
    int start = random.nextInt(size);
    for (int i = 0; i < size; i++) {
      String port = Integer.toString(ports.first() + (start + i) % size);
      boolean taken =
          cache.find(NODE_PORTS, port) != null
              || writes.stream()
                  .anyMatch(w -> w.resource().equals(NODE_PORTS) && w.key().equals(port));
      if (!taken) {
        return Integer.parseInt(port);
      }
    }
    throw StatusException.internal(
        "failed to allocate a nodePort for " + service + ": range is full");
  }

  /** Gives an address back that the service holds. */
  void releaseAddress(String address, String namespace, String service, List<Write> writes) {
    release(addresses, address, namespace, service, writes);
  }

  /** Gives a node port back that the service holds. */
  void releasePort(int port, String namespace, String service, List<Write> writes) {
    release(NODE_PORTS, Integer.toString(port), namespace, service, writes);
  }

  private void release(
      StorageResource pool, String key, String namespace, String service, List<Write> writes) {
    StoredObject claim = cache.find(pool, key);
    if (claim == null) {
      return;
    }
    JsonNode parent = claim.object().toTree().path("spec").path("parentRef");
    if (parent.path("namespace").asString("").equals(namespace)
        && parent.path("name").asString("").equals(service)) {
      writes.add(new Delete(pool, claim));
    }
  }

  private ObjectNode claim(GroupVersionKind kind, String name) {
    ObjectNode claim = Json.MAPPER.createObjectNode();
    claim.put("kind", kind.kind()).put("apiVersion", kind.apiVersion());
    claim
        .putObject("metadata")
        .put("name", name)
        .put("uid", UUID.randomUUID().toString())
        .put("creationTimestamp", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    return claim;
  }

  private static void parent(ObjectNode claim, String namespace, String service) {
    claim
        .putObject("spec")
        .putObject("parentRef")
        .put("resource", "services")
        .put("namespace", namespace)
        .put("name", service);
  }

  private static StatusException refused(
      String service, String field, String value, String because) {
    return StatusException.invalid(
        "",
        "Service",
        service,
        List.of(
            new StatusCause(
                "FieldValueInvalid", "Invalid value: " + value + ": " + because, field)));
  }
}
