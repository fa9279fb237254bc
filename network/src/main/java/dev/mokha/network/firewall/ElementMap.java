package dev.mokha.network.firewall;

import java.util.List;

/**
 * The maps and sets of the table.
 *
 * <p>A <i>frontend</i> is what a client dials: an address, a protocol and a port; of a NodePort the
 * address is any of the host's, so that its key has none. Each kind of frontend has a map from the
 * frontend to a chain named for how many backends it has, and a map from the frontend and a number
 * below that to a backend.
 */
public enum ElementMap {
  /** Frontends of Services: cluster IPs, external IPs, load balancers' addresses. */
  SERVICES("services", Kind.VERDICTS, true),
  /** Their backends. */
  SERVICE_BACKENDS("service-backends", Kind.BACKENDS, true),
  /** The frontends that clients outside the cluster must find on this very host. */
  LOCAL_SERVICES("local-services", Kind.VERDICTS, true),
  /** Their backends on this host. */
  LOCAL_SERVICE_BACKENDS("local-service-backends", Kind.BACKENDS, true),
  /** NodePorts. */
  NODE_PORTS("node-ports", Kind.VERDICTS, false),
  /** Their backends. */
  NODE_PORT_BACKENDS("node-port-backends", Kind.BACKENDS, false),
  /** The NodePorts that clients outside the cluster must find on this very host. */
  LOCAL_NODE_PORTS("local-node-ports", Kind.VERDICTS, false),
  /** Their backends on this host. */
  LOCAL_NODE_PORT_BACKENDS("local-node-port-backends", Kind.BACKENDS, false),
  /** Frontends with no backend at all. */
  REFUSED("refused", Kind.KEYS, true),
  /** NodePorts with no backend at all. */
  REFUSED_NODE_PORTS("refused-node-ports", Kind.KEYS, false),
  /** Frontends, cluster IPs aside, where outside clients' sources may have to be replaced. */
  OPEN_SERVICES("open-services", Kind.KEYS, true),
  /** All NodePorts, for the same. */
  OPEN_NODE_PORTS("open-node-ports", Kind.KEYS, false),
  /** Frontends where a client stays with its backend, and for how long. */
  REMEMBERED("remembered", Kind.VERDICTS, true),
  /** NodePorts where a client stays with its backend, and for how long. */
  REMEMBERED_NODE_PORTS("remembered-node-ports", Kind.VERDICTS, false),
  /** Pods' ports on one address of the host. */
  HOST_PORTS_BOUND("host-ports-bound", Kind.ENDPOINTS, true),
  /** Pods' ports on all addresses of the host. */
  HOST_PORTS("host-ports", Kind.ENDPOINTS, false),
  /** This host's pods, each with itself: a pod that reaches itself through a Service. */
  HAIRPINS("hairpins", Kind.PAIRS, true),
  /** Addresses of all nodes. */
  NODES("nodes", Kind.ADDRESSES, true);

  /** Protocols that have ports. */
  static final List<String> PROTOCOLS = List.of("tcp", "udp", "sctp");

  private enum Kind {
    VERDICTS,
    BACKENDS,
    ENDPOINTS,
    KEYS,
    PAIRS,
    ADDRESSES
  }

  private final String title;
  private final Kind kind;
  private final boolean withAddress;

  ElementMap(String title, Kind kind, boolean withAddress) {
    this.title = title;
    this.kind = kind;
    this.withAddress = withAddress;
  }

  /** Its name in the table. */
  public String title() {
    return title;
  }

  /** Whether it is a set: its elements have keys and no values. */
  public boolean isSet() {
    return kind == Kind.KEYS || kind == Kind.PAIRS || kind == Kind.ADDRESSES;
  }

  /** Which maps of the table it is: one, or one for each protocol. */
  List<String> titles() {
    return kind == Kind.BACKENDS
        ? PROTOCOLS.stream().map(p -> title + "-" + p).toList()
        : List.of(title);
  }

  /** In which of them an element is. */
  String titleOf(String key) {
    if (kind != Kind.BACKENDS) {
      return title;
    }
    for (String protocol : PROTOCOLS) {
      if (key.startsWith(protocol + " . ") || key.contains(" . " + protocol + " . ")) {
        return title + "-" + protocol;
      }
    }
    throw new IllegalArgumentException("No protocol with ports: " + key);
  }

  /** The expression that looks a packet's frontend up. */
  String lookup() {
    return withAddress ? "ip daddr . meta l4proto . th dport" : "meta l4proto . th dport";
  }

  /** The same, of the frontend that a packet was sent to before it was translated. */
  String originalLookup() {
    return withAddress
        ? "ct original ip daddr . meta l4proto . ct original proto-dst"
        : "meta l4proto . ct original proto-dst";
  }

  /** The commands that make it. */
  String declaration(String table) {
    StringBuilder out = new StringBuilder();
    for (String name : titles()) {
      out.append("add ").append(isSet() ? "set " : "map ").append(table).append(' ').append(name);
      out.append(" { ").append(type(name)).append(" }\n");
    }
    return out.toString();
  }

  private String type(String name) {
    String key =
        withAddress ? "ipv4_addr . inet_proto . inet_service" : "inet_proto . inet_service";
    return switch (kind) {
      case VERDICTS -> "type " + key + " : verdict;";
      // The index must have numgen's own type, which only typeof can name; and a port named by
      // typeof belongs to one protocol, for which alone nft then lets the map be used.
      case BACKENDS ->
          "typeof "
              + lookup()
              + " . numgen random mod 2 : ip daddr . "
              + name.substring(name.lastIndexOf('-') + 1)
              + " dport;";
      case ENDPOINTS -> "type " + key + " : ipv4_addr . inet_service;";
      case KEYS -> "type " + key + ";";
      case PAIRS -> "type ipv4_addr . ipv4_addr;";
      case ADDRESSES -> "type ipv4_addr;";
    };
  }
}
