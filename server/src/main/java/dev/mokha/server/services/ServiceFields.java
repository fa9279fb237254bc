package dev.mokha.server.services;

import dev.mokha.server.storage.ObjectStorage.Write;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The fields of a service that the server fills from its pools, by the service's type. */
public final class ServiceFields {
  private final ServiceClaims claims;

  /** Fills them from those pools. */
  public ServiceFields(ServiceClaims claims) {
    this.claims = claims;
  }

  /**
   * Completes a service.
   *
   * @param service changed in place
   * @param old as it was; null when it is new
   * @return what must be written together with it
   */
  public List<Write> complete(ObjectNode service, ObjectNode old) {
    List<Write> writes = new ArrayList<>(2);
    ObjectNode spec = spec(service);
    JsonNode before = old == null ? service.objectNode() : old.path("spec");
    if (old != null) {
      keepWhatWasGiven(spec, before);
    }
    Owner owner = Owner.of(service);
    families(spec);
    addresses(spec, before, owner, writes);
    ports(spec, before, owner, writes);
    return writes;
  }

  /** Gives back all that a service holds. */
  public List<Write> release(ObjectNode service) {
    List<Write> writes = new ArrayList<>(2);
    Owner owner = Owner.of(service);
    String address = address(service.path("spec"));
    if (!address.isEmpty()) {
      claims.releaseAddress(address, owner.namespace, owner.name, writes);
    }
    for (int port : nodePorts(service.path("spec"))) {
      claims.releasePort(port, owner.namespace, owner.name, writes);
    }
    return writes;
  }

  private record Owner(String namespace, String name) {
    static Owner of(ObjectNode service) {
      JsonNode meta = service.path("metadata");
      return new Owner(meta.path("namespace").asString(""), meta.path("name").asString(""));
    }
  }

  private static ObjectNode spec(ObjectNode service) {
    return service.get("spec") instanceof ObjectNode o ? o : service.putObject("spec");
  }

  private static String type(JsonNode spec) {
    return spec.path("type").asString("ClusterIP");
  }

  private static boolean isExternalName(JsonNode spec) {
    return type(spec).equals("ExternalName");
  }

  private static boolean hasNodePorts(JsonNode spec) {
    return switch (type(spec)) {
      case "NodePort" -> true;
      case "LoadBalancer" -> spec.path("allocateLoadBalancerNodePorts").asBoolean(true);
      default -> false;
    };
  }

  /** The claimed address; empty for none. */
  private static String address(JsonNode spec) {
    String address = spec.path("clusterIP").asString("");
    if (address.isEmpty()) {
      address = spec.path("clusterIPs").path(0).asString("");
    }
    return address.equals("None") || isExternalName(spec) ? "" : address;
  }

  /** A client that leaves out what the server gave gets the same again. */
  private static void keepWhatWasGiven(ObjectNode spec, JsonNode before) {
    if (!isExternalName(spec) && !isExternalName(before)) {
      if (spec.path("clusterIP").asString("").isEmpty()
          && spec.path("clusterIPs").isEmpty()
          && before.has("clusterIP")) {
        spec.set("clusterIP", before.get("clusterIP"));
        if (before.has("clusterIPs")) {
          spec.set("clusterIPs", before.get("clusterIPs"));
        }
      }
      for (String field : List.of("ipFamilies", "ipFamilyPolicy")) {
        if (!spec.has(field) && before.has(field)) {
          spec.set(field, before.get(field));
        }
      }
    }
    if (hasNodePorts(spec) && hasNodePorts(before)) {
      Map<String, JsonNode> given = new HashMap<>();
      for (JsonNode port : before.path("ports")) {
        given.put(portKey(port), port.path("nodePort"));
      }
      Set<Integer> asked = new HashSet<>(nodePorts(spec));
      for (JsonNode port : spec.path("ports")) {
        JsonNode same = given.get(portKey(port));
        if (port instanceof ObjectNode p
            && p.path("nodePort").asInt(0) == 0
            && same != null
            && same.asInt(0) != 0
            && !asked.contains(same.asInt())) {
          p.set("nodePort", same);
        }
      }
      if (spec.path("healthCheckNodePort").asInt(0) == 0 && before.has("healthCheckNodePort")) {
        spec.set("healthCheckNodePort", before.get("healthCheckNodePort"));
      }
    }
  }

  private static String portKey(JsonNode port) {
    return port.path("protocol").asString("TCP") + "/" + port.path("port").asInt();
  }

  private static void families(ObjectNode spec) {
    if (isExternalName(spec)) {
      spec.remove(List.of("ipFamilies", "ipFamilyPolicy", "clusterIP", "clusterIPs"));
      return;
    }
    boolean headless = spec.path("clusterIP").asString("").equals("None");
    boolean selects = !spec.path("selector").isEmpty();
    if (!spec.has("ipFamilyPolicy")) {
      // Without a selector nothing says which families the endpoints will have.
      spec.put("ipFamilyPolicy", headless && !selects ? "RequireDualStack" : "SingleStack");
    }
    if (spec.path("ipFamilies").isEmpty()) {
      ArrayNode families = spec.putArray("ipFamilies");
      families.add("IPv4");
      if (headless
          && !selects
          && spec.path("ipFamilyPolicy").asString().equals("RequireDualStack")) {
        families.add("IPv6");
      }
    }
  }

  private void addresses(ObjectNode spec, JsonNode before, Owner owner, List<Write> writes) {
    String old = address(before);
    if (isExternalName(spec) || spec.path("clusterIP").asString("").equals("None")) {
      if (!old.isEmpty()) {
        claims.releaseAddress(old, owner.namespace, owner.name, writes);
      }
      if (!isExternalName(spec)) {
        spec.putArray("clusterIPs").add("None");
      }
      return;
    }
    String wanted = address(spec);
    String address = wanted;
    if (!wanted.equals(old) || wanted.isEmpty()) {
      if (!old.isEmpty()) {
        return; // Validation refuses: a service keeps its address.
      }
      address = claims.address(wanted, owner.namespace, owner.name, writes);
    }
    spec.put("clusterIP", address);
    spec.putArray("clusterIPs").add(address);
  }

  private static Set<Integer> nodePorts(JsonNode spec) {
    Set<Integer> ports = new HashSet<>();
    for (JsonNode port : spec.path("ports")) {
      if (port.path("nodePort").asInt(0) != 0) {
        ports.add(port.path("nodePort").asInt());
      }
    }
    if (spec.path("healthCheckNodePort").asInt(0) != 0) {
      ports.add(spec.path("healthCheckNodePort").asInt());
    }
    return ports;
  }

  private void ports(ObjectNode spec, JsonNode before, Owner owner, List<Write> writes) {
    Set<Integer> held = nodePorts(before);
    Set<Integer> used = new HashSet<>();
    if (hasNodePorts(spec)) {
      int i = 0;
      for (JsonNode node : spec.path("ports")) {
        if (node instanceof ObjectNode port) {
          int wanted = port.path("nodePort").asInt(0);
          // One number serves TCP and UDP of the same service.
          if (wanted == 0 || (!held.contains(wanted) && !used.contains(wanted))) {
            String field = "spec.ports[" + i + "].nodePort";
            wanted = claims.nodePort(wanted, owner.namespace, owner.name, field, writes);
            port.put("nodePort", wanted);
          }
          used.add(wanted);
        }
        i++;
      }
    } else if (hasNodePorts(before) && type(spec).equals("ClusterIP")) {
      // Whoever makes it a plain service again need not strike out the ports.
      for (JsonNode node : spec.path("ports")) {
        if (node instanceof ObjectNode port && held.contains(port.path("nodePort").asInt(0))) {
          port.remove("nodePort");
        }
      }
    }
    boolean checks =
        type(spec).equals("LoadBalancer")
            && spec.path("externalTrafficPolicy").asString("").equals("Local");
    if (checks) {
      int wanted = spec.path("healthCheckNodePort").asInt(0);
      if (wanted == 0 || !held.contains(wanted)) {
        wanted =
            claims.nodePort(
                wanted, owner.namespace, owner.name, "spec.healthCheckNodePort", writes);
        spec.put("healthCheckNodePort", wanted);
      }
      used.add(wanted);
    } else if (held.contains(spec.path("healthCheckNodePort").asInt(0))) {
      spec.remove("healthCheckNodePort");
    }
    for (int port : held) {
      if (!used.contains(port)) {
        claims.releasePort(port, owner.namespace, owner.name, writes);
      }
    }
  }
}
