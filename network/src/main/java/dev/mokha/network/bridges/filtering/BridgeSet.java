package dev.mokha.network.bridges.filtering;

/** The sets and maps of the table. */
public enum BridgeSet {
  /** All bridges, by name. */
  BRIDGES("bridges", "type ifname;", false),
  /** Bridges with no way out or in. */
  INTERNAL("internal", "type ifname;", false),
  /** Bridges whose members do not talk to each other but through published ports. */
  CLOSED("closed", "type ifname;", false),
  /** Each bridge with itself. */
  WITHIN("within", "type ifname . ifname;", false),
  /** Subnets whose members speak to the world under the host's address. */
  MASKED4("masked4", "type ipv4_addr; flags interval;", false),
  /** The same of IPv6. */
  MASKED6("masked6", "type ipv6_addr; flags interval;", false),
  /** Each subnet with itself: a container that reaches one of its own network from outside. */
  HAIRPINS4("hairpins4", "type ipv4_addr . ipv4_addr; flags interval;", false),
  /** The same of IPv6. */
  HAIRPINS6("hairpins6", "type ipv6_addr . ipv6_addr; flags interval;", false),
  /** Ranges whose members reach containers by their addresses. */
  FRIENDS4("friends4", "type ipv4_addr; flags interval;", false),
  /** The same of IPv6. */
  FRIENDS6("friends6", "type ipv6_addr; flags interval;", false),
  /** Ports published on all addresses of the host. */
  PORTS4("ports4", "type inet_proto . inet_service : ipv4_addr . inet_service;", true),
  /** Ports published on one address of the host. */
  BOUND_PORTS4(
      "bound-ports4",
      "type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service;",
      true),
  /** Ports published on all IPv6 addresses of the host. */
  PORTS6("ports6", "type inet_proto . inet_service : ipv6_addr . inet_service;", true),
  /** Ports published on one IPv6 address of the host. */
  BOUND_PORTS6(
      "bound-ports6",
      "type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service;",
      true);

  private final String title;
  private final String type;
  private final boolean map;

  BridgeSet(String title, String type, boolean map) {
    this.title = title;
    this.type = type;
    this.map = map;
  }

  /** Its name in the table. */
  String title() {
    return title;
  }

  /** {@code map} or {@code set}, as commands want it. */
  String word() {
    return map ? "map" : "set";
  }

  /** The command that makes it. */
  String declaration(String table) {
    return "add " + word() + ' ' + table + ' ' + title + " { " + type + " }\n";
  }

  /** An element as commands want it. */
  String element(String key, String value) {
    return map ? key + " : " + value : key;
  }
}
