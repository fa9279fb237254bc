package dev.mokha.network.firewall;

import static java.util.Objects.requireNonNull;

import dev.mokha.linux.netlink.Prefix;
import java.net.InetAddress;
import java.util.List;

/**
 * The table's chains: the part that does not depend on the API.
 *
 * <p>A packet's way. In <b>guard</b> nothing from a link may claim to be for 127.0.0.0/8. In
 * <b>prerouting</b>, or <b>output</b> when this host sends it, a first packet gets its backend: the
 * one the client had before, else one by chance. What is still addressed to a Service after that
 * has no backend and is refused by <b>admit</b>, so that no packet to the service range is ever
 * routed. In <b>remember</b> a client's backend is noted. In <b>postrouting</b> the source is
 * replaced where the answer would not come back otherwise.
 *
 * @param table name of the table
 * @param podCidr this host's pods
 * @param clusterCidr all pods
 * @param serviceCidr all cluster IPs
 * @param dnsAddress where cluster DNS is asked, served by this host itself
 * @param dnsRedirect the port its requests are redirected to; 0 when it listens on 53
 * @param nodeAddress this host's address
 * @param nodePortAddresses ranges of the host's addresses on which NodePorts are open; all when
 *     empty
 */
public record TableLayout(
    String table,
    Prefix podCidr,
    Prefix clusterCidr,
    Prefix serviceCidr,
    InetAddress dnsAddress,
    int dnsRedirect,
    InetAddress nodeAddress,
    List<String> nodePortAddresses) {
  private static final String TRANSPORT = "meta l4proto { tcp, udp, sctp } ";

  /** Refuses nulls. */
  public TableLayout {
    requireNonNull(table, "table");
    nodePortAddresses = List.copyOf(nodePortAddresses);
  }

  /** The commands that make the chains, or bring existing ones to this. */
  String commands() {
    StringBuilder out = new StringBuilder(8192);
    String t = qualified();
    out.append("add table ").append(t).append('\n');
    for (ElementMap map : ElementMap.values()) {
      out.append(map.declaration(t));
    }
    out.append("add map ")
        .append(t)
        .append(
            " affinity { type ipv4_addr . ipv4_addr . inet_proto . inet_service : ipv4_addr ."
                + " inet_service; flags dynamic,timeout; size 65535; }\n");
    // Chains come before the rules that go to them.
    for (String chain :
        List.of(
            "refuse",
            "dispatch",
            "dispatch-outside",
            "dispatch-host",
            "admit",
            "remember",
            "outside-source",
            "own-source")) {
      out.append("add chain ").append(t).append(' ').append(chain).append('\n');
    }
    hook(out, "guard", "filter hook prerouting priority -300");
    hook(out, "prerouting", "nat hook prerouting priority -100");
    hook(out, "output", "nat hook output priority -100");
    hook(out, "admit-incoming", "filter hook prerouting priority -90");
    hook(out, "admit-outgoing", "filter hook output priority 0");
    hook(out, "remember-local", "filter hook input priority 50");
    hook(out, "remember-forwarded", "filter hook postrouting priority 50");
    hook(out, "postrouting", "nat hook postrouting priority 100");

    String dns = dnsAddress.getHostAddress();
    rules(out, "refuse", "meta l4proto tcp reject with tcp reset", "reject");
    rules(out, "guard", "iifname != \"lo\" ip daddr 127.0.0.0/8 drop");
    rules(
        out,
        "dispatch",
        dnsRedirect == 0
            ? "ip daddr " + dns + " meta l4proto { tcp, udp } th dport 53 return"
            : "ip daddr "
                + dns
                + " meta l4proto { tcp, udp } th dport 53 redirect to :"
                + dnsRedirect,
        "dnat ip to ip saddr . ip daddr . meta l4proto . th dport map @affinity",
        "ip saddr != " + clusterCidr + " fib saddr type != local jump dispatch-outside",
        verdicts(ElementMap.SERVICES),
        "fib daddr type local jump dispatch-host");
    rules(
        out,
        "dispatch-outside",
        verdicts(ElementMap.LOCAL_SERVICES),
        nodePort() + verdicts(ElementMap.LOCAL_NODE_PORTS));
    rules(
        out,
        "dispatch-host",
        endpoints(ElementMap.HOST_PORTS_BOUND),
        endpoints(ElementMap.HOST_PORTS),
        nodePort() + verdicts(ElementMap.NODE_PORTS));
    rules(out, "prerouting", "jump dispatch");
    rules(out, "output", "jump dispatch");
    rules(
        out,
        "admit",
        "ip daddr " + dns + " return",
        members(ElementMap.REFUSED) + " goto refuse",
        nodePort() + members(ElementMap.REFUSED_NODE_PORTS) + " goto refuse",
        "ip daddr " + serviceCidr + " goto refuse");
    rules(
        out,
        "admit-incoming",
        "jump admit",
        // A pod that is gone: the route would be the blackhole's, and the sender would wait.
        "ct state new ip daddr "
            + clusterCidr
            + " fib daddr oif missing reject with icmp type host-unreachable");
    rules(out, "admit-outgoing", "jump admit");
    rules(
        out,
        "remember",
        TRANSPORT
            + ElementMap.REMEMBERED.originalLookup()
            + " vmap @"
            + ElementMap.REMEMBERED.title(),
        TRANSPORT
            + "ct original ip daddr != "
            + serviceCidr
            + " "
            + ElementMap.REMEMBERED_NODE_PORTS.originalLookup()
            + " vmap @"
            + ElementMap.REMEMBERED_NODE_PORTS.title());
    rules(out, "remember-local", "ct state new ct status dnat jump remember");
    rules(out, "remember-forwarded", "ct state new ct status dnat jump remember");
    rewriteSources(out);
    return out.toString();
  }

  /** Where the source is replaced, and by what. */
  private void rewriteSources(StringBuilder out) {
    String toNode = " snat ip to " + nodeAddress.getHostAddress() + " fully-random";
    String nodes = "@" + ElementMap.NODES.title();
    rules(
        out,
        "postrouting",
        "ip saddr . ip daddr @" + ElementMap.HAIRPINS.title() + toNode,
        "ip saddr 127.0.0.0/8 oifname != \"lo\" ct status dnat" + toNode,
        // Other nodes need not know where this one's pods are.
        "ip saddr " + podCidr + " ip daddr " + nodes + toNode,
        "ip saddr " + podCidr + " ip daddr != " + clusterCidr + " masquerade fully-random",
        // Nodes that are namespaces of this machine reach the world through it.
        "ip saddr "
            + nodes
            + " ip daddr != "
            + nodes
            + " ip daddr != "
            + clusterCidr
            + " masquerade fully-random",
        // A backend on this host answers through it anyway, and sees who really asks.
        "ct status dnat ip saddr != "
            + clusterCidr
            + " ip daddr != "
            + podCidr
            + " fib saddr type != local jump outside-source");
    rules(
        out,
        "outside-source",
        "ct original ip daddr " + serviceCidr + " goto own-source",
        TRANSPORT
            + ElementMap.OPEN_SERVICES.originalLookup()
            + " @"
            + ElementMap.OPEN_SERVICES.title()
            + " goto own-source",
        TRANSPORT
            + ElementMap.OPEN_NODE_PORTS.originalLookup()
            + " @"
            + ElementMap.OPEN_NODE_PORTS.title()
            + " goto own-source");
    rules(
        out,
        "own-source",
        // The link to another node may have no address that masquerade could take.
        "ip daddr " + clusterCidr + toNode,
        "ip daddr " + nodes + toNode,
        "masquerade fully-random");
  }

  /**
   * The commands that make a chain that elements go to: {@code services-3} picks one of three
   * backends, {@code remember-60} notes one for 60 seconds.
   */
  String chainCommands(String chain) {
    int dash = chain.lastIndexOf('-');
    String kind = chain.substring(0, dash);
    int number = Integer.parseInt(chain.substring(dash + 1));
    StringBuilder out = new StringBuilder();
    out.append("add chain ").append(qualified()).append(' ').append(chain).append('\n');
    ElementMap backends =
        switch (kind) {
          case "services" -> ElementMap.SERVICE_BACKENDS;
          case "local-services" -> ElementMap.LOCAL_SERVICE_BACKENDS;
          case "node-ports" -> ElementMap.NODE_PORT_BACKENDS;
          case "local-node-ports" -> ElementMap.LOCAL_NODE_PORT_BACKENDS;
          default -> null;
        };
    if (backends == null) {
      rules(
          out,
          chain,
          TRANSPORT
              + "update @affinity { ip saddr . ct original ip daddr . meta l4proto . ct original"
              + " proto-dst timeout "
              + number
              + "s : ip daddr . th dport }");
    } else {
      rules(
          out,
          chain,
          ElementMap.PROTOCOLS.stream()
              .map(
                  protocol ->
                      "meta l4proto "
                          + protocol
                          + " dnat ip to "
                          + backends.lookup()
                          + " . numgen random mod "
                          + number
                          + " map @"
                          + backends.title()
                          + "-"
                          + protocol)
              .toArray(String[]::new));
    }
    return out.toString();
  }

  /** Family and name, as commands want it. */
  String qualified() {
    return "ip " + table;
  }

  private String nodePort() {
    return nodePortAddresses.isEmpty()
        ? "fib daddr type local "
        : "fib daddr type local ip daddr { " + String.join(", ", nodePortAddresses) + " } ";
  }

  private static String verdicts(ElementMap map) {
    return map.lookup() + " vmap @" + map.title();
  }

  private static String endpoints(ElementMap map) {
    return "dnat ip to " + map.lookup() + " map @" + map.title();
  }

  private static String members(ElementMap set) {
    return set.lookup() + " @" + set.title();
  }

  private void hook(StringBuilder out, String chain, String type) {
    out.append("add chain ").append(qualified()).append(' ').append(chain);
    out.append(" { type ").append(type).append("; policy accept; }\n");
  }

  private void rules(StringBuilder out, String chain, String... rules) {
    out.append("flush chain ").append(qualified()).append(' ').append(chain).append('\n');
    for (String rule : rules) {
      out.append("add rule ").append(qualified()).append(' ').append(chain).append(' ');
      out.append(rule).append('\n');
    }
  }
}
