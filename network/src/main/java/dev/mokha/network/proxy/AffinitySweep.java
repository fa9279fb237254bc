package dev.mokha.network.proxy;

import dev.mokha.api.object.Json;
import dev.mokha.linux.netlink.Prefix;
import dev.mokha.network.firewall.ElementMap;
import dev.mokha.network.firewall.FirewallTable;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Lets clients go that are tied to a backend which no longer answers for what they dialled. */
record AffinitySweep(FirewallTable table, Prefix serviceCidr) {
  private static final Map<Integer, String> PROTOCOLS = Map.of(6, "tcp", 17, "udp", 132, "sctp");

  /** Compares what the kernel remembers with what the table is to hold. */
  void run() {
    Map<String, Set<String>> backends = new HashMap<>();
    gather(ElementMap.REMEMBERED, ElementMap.SERVICE_BACKENDS, backends);
    gather(ElementMap.REMEMBERED, ElementMap.LOCAL_SERVICE_BACKENDS, backends);
    gather(ElementMap.REMEMBERED_NODE_PORTS, ElementMap.NODE_PORT_BACKENDS, backends);
    gather(ElementMap.REMEMBERED_NODE_PORTS, ElementMap.LOCAL_NODE_PORT_BACKENDS, backends);
    List<String> stale = new ArrayList<>();
    for (JsonNode item : Json.MAPPER.readTree(table.affinityListing()).path("nftables")) {
      for (JsonNode element : item.path("map").path("elem")) {
        JsonNode key = element.path(0);
        JsonNode parts = (key.has("elem") ? key.path("elem").path("val") : key).path("concat");
        JsonNode value = element.path(1).path("concat");
        String client = parts.path(0).asString();
        String dialled = parts.path(1).asString();
        String protocol = protocol(parts.path(2));
        int port = parts.path(3).asInt();
        String backend = value.path(0).asString() + " . " + value.path(1).asInt();
        String nodePort = protocol + " . " + port;
        Set<String> allowed = backends.get(dialled + " . " + nodePort);
        if (allowed == null && !serviceCidr.contains(InetAddress.ofLiteral(dialled))) {
          allowed = backends.get(nodePort);
        }
        if (allowed == null || !allowed.contains(backend)) {
          stale.add(client + " . " + dialled + " . " + nodePort);
        }
      }
    }
    table.forgetAffinity(stale);
  }

  private void gather(ElementMap remembered, ElementMap map, Map<String, Set<String>> into) {
    Set<String> keys = table.wanted(remembered).keySet();
    if (keys.isEmpty()) {
      return;
    }
    table
        .wanted(map)
        .forEach(
            (indexed, backend) -> {
              String key = indexed.substring(0, indexed.lastIndexOf(" . "));
              if (keys.contains(key)) {
                into.computeIfAbsent(key, k -> new HashSet<>()).add(backend);
              }
            });
  }

  private static String protocol(JsonNode node) {
    return node.isNumber()
        ? PROTOCOLS.getOrDefault(node.asInt(), node.asString())
        : node.asString();
  }
}
