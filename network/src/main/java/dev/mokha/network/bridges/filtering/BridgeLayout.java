package dev.mokha.network.bridges.filtering;

import static java.util.Objects.requireNonNull;

/**
 * The table's chains, for IPv4 and IPv6 alike.
 *
 * <p>A packet's way. In <b>guard</b> nothing from a link may claim to be for the loopback network.
 * In <b>prerouting</b>, or <b>output</b> when the host sends it, a first packet to a published port
 * gets its container. In <b>forward</b> what stays within a network passes (two ports of a bridge
 * talk below this table; it sees what was routed there); internal networks end here; into a network
 * come answers, what was sent to a published port, and friends; networks are apart from each other;
 * out of one comes everything that the kernel can follow, since what it can't would leave under the
 * container's own address. In <b>postrouting</b> the source is replaced where the answer would not
 * come back otherwise.
 *
 * @param name of the table
 */
public record BridgeLayout(String name) {
  private static final String PORT = "meta l4proto . th dport";

  /** Refuses nulls. */
  public BridgeLayout {
    requireNonNull(name, "name");
  }

  /** Family and name, as commands want it. */
  String qualified() {
    return "inet " + name;
  }

  /** The commands that make sets and chains, or bring existing ones to this. */
  String commands() {
    StringBuilder out = new StringBuilder(4096);
    out.append("add table ").append(qualified()).append('\n');
    for (BridgeSet set : BridgeSet.values()) {
      out.append(set.declaration(qualified()));
    }
    out.append("add chain ").append(qualified()).append(" published\n");
    out.append("add chain ").append(qualified()).append(" enter\n");
    hook(out, "guard", "filter hook prerouting priority -300");
    hook(out, "prerouting", "nat hook prerouting priority -100");
    hook(out, "output", "nat hook output priority -100");
    hook(out, "forward", "filter hook forward priority 0");
    hook(out, "postrouting", "nat hook postrouting priority 100");

    rules(
        out,
        "guard",
        "iifname != \"lo\" ip daddr 127.0.0.0/8 drop",
        "iifname != \"lo\" ip6 daddr ::1 drop");
    rules(
        out,
        "published",
        "dnat ip to ip daddr . " + PORT + " map @bound-ports4",
        "meta nfproto ipv4 fib daddr type local dnat ip to " + PORT + " map @ports4",
        // ::1 can't leave the loopback link: a relay in this process has those connections.
        "ip6 daddr ::1 return",
        "dnat ip6 to ip6 daddr . " + PORT + " map @bound-ports6",
        "meta nfproto ipv6 fib daddr type local dnat ip6 to " + PORT + " map @ports6");
    // Ports of such a bridge are isolated: a relay in this process carries between them.
    rules(out, "prerouting", "iifname @closed return", "jump published");
    rules(out, "output", "jump published");
    rules(
        out,
        "forward",
        "iifname . oifname @within iifname != @closed accept",
        "iifname . oifname @within goto enter",
        "iifname @internal drop",
        "oifname @internal drop",
        "oifname @bridges goto enter",
        "iifname @bridges ct state invalid drop");
    rules(
        out,
        "enter",
        "ct state established,related accept",
        "ct status dnat accept",
        "iifname @bridges drop",
        "ip saddr @friends4 accept",
        "ip6 saddr @friends6 accept",
        "drop");
    rules(
        out,
        "postrouting",
        "ip saddr 127.0.0.0/8 oifname @bridges masquerade",
        "ct status dnat ip saddr . ip daddr @hairpins4 masquerade",
        "ct status dnat ip6 saddr . ip6 daddr @hairpins6 masquerade",
        "ip saddr @masked4 oifname != @bridges masquerade",
        "ip6 saddr @masked6 oifname != @bridges masquerade");
    return out.toString();
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
