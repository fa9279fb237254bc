package dev.mokha.network.bridges.sandboxes;

import static java.util.Objects.requireNonNull;

import dev.mokha.linux.netlink.Link;
import dev.mokha.linux.netlink.MacAddress;
import dev.mokha.linux.netlink.Prefix;
import dev.mokha.linux.netlink.Route;
import dev.mokha.linux.netlink.RouteNetlink;
import dev.mokha.network.bridges.NetworkException;
import dev.mokha.network.bridges.NetworkException.Reason;
import dev.mokha.network.bridges.addressing.Subnet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Bridges on the host. Ours have an alias that names the instance. */
public final class BridgeLinks {
  private static final Logger LOG = LoggerFactory.getLogger(BridgeLinks.class);
  private static final int USUAL_MTU = 1500;
  private static final int LAST_RESORT = 0x7fffffff;

  private final String instance;
  private final int protocol;
  private final RouteNetlink netlink;

  /**
   * Bridges of the namespace that the netlink socket speaks for.
   *
   * @param protocol marks routes as Mokha's
   */
  public BridgeLinks(String instance, int protocol, RouteNetlink netlink) {
    this.instance = requireNonNull(instance, "instance");
    this.protocol = protocol;
    this.netlink = requireNonNull(netlink, "netlink");
  }

  /** Makes a bridge with the host's addresses, or completes the one that is there. */
  public void ensure(String name, String network, int mtu, List<Subnet> subnets) {
    boolean made = netlink.createBridge(name, mac(name), mtu);
    Link link = netlink.link(name).orElseThrow();
    if (!link.kind().equals("bridge")) {
      throw new NetworkException(
          Reason.CONFLICT, "existing interface " + name + " is not a bridge");
    }
    netlink.change(
        link.index(),
        new Link.Change(
            link.up(),
            made ? alias() + "network " + network : "",
            true,
            // 127.0.0.1 and a published port lead to a container; the table's guard keeps packets
            // for 127.0.0.0/8 from coming in.
            List.of(new Link.Ipv4Setting(Link.Ipv4Conf.ROUTE_LOCALNET, 1))));
    for (Subnet subnet : subnets) {
      netlink.addAddress(
          new RouteNetlink.LinkAddress(
              link.index(), subnet.gateway(), subnet.prefix().length(), false));
      // Should the bridge go, packets for its subnet do not leave the host.
      netlink.replaceRoute(blackhole(subnet.prefix()));
    }
    netlink.change(link.index(), Link.Change.UP);
  }

  /** Removes a bridge that this instance made, and what else its network has on the host. */
  public void remove(String name, List<Subnet> subnets) {
    Optional<Link> link = netlink.link(name);
    if (link.isPresent() && link.get().alias().startsWith(alias())) {
      netlink.deleteLink(name);
    }
    subnets.forEach(subnet -> netlink.deleteRoute(blackhole(subnet.prefix())));
  }

  /** Removes the instance's links, bridges and endpoints, that are none of these. */
  public void sweep(Set<String> known) {
    for (Link link : netlink.links()) {
      if (link.alias().startsWith(alias()) && !known.contains(link.name())) {
        LOG.info("The link {} belongs to no network on record and is removed", link.name());
        netlink.deleteLink(link.name());
      }
    }
  }

  /** The names of all links. */
  public Set<String> names() {
    Set<String> names = new HashSet<>();
    netlink.links().forEach(link -> names.add(link.name()));
    return names;
  }

  /** The ranges that the host has routes to, through other links than these. */
  public List<Prefix> hostRanges(Set<String> bridges) {
    Set<Integer> own = new HashSet<>();
    netlink.links().stream()
        .filter(link -> bridges.contains(link.name()))
        .forEach(link -> own.add(link.index()));
    Set<Prefix> ranges = new HashSet<>();
    List<Route> routes = new java.util.ArrayList<>(netlink.routes(Route.MAIN));
    routes.addAll(netlink.routes6(Route.MAIN));
    for (Route route : routes) {
      if (route.destination().length() > 0 && !own.contains(route.link())) {
        ranges.add(route.destination());
      }
    }
    for (RouteNetlink.LinkAddress address : netlink.addresses()) {
      if (!own.contains(address.link())) {
        ranges.add(Prefix.of(address.address()));
      }
    }
    return List.copyOf(ranges);
  }

  /** The link by which the host reaches the world. */
  public Optional<Link> uplink() {
    return netlink.routes(Route.MAIN).stream()
        .filter(route -> route.destination().length() == 0 && route.link() != 0)
        .findFirst()
        .flatMap(
            route ->
                netlink.links().stream().filter(link -> link.index() == route.link()).findFirst());
  }

  /** The most bytes of a packet that can leave the host. */
  public int mtu() {
    return uplink().map(Link::mtu).filter(mtu -> mtu <= 65535 && mtu >= 576).orElse(USUAL_MTU);
  }

  private String alias() {
    return "mokha " + instance + " ";
  }

  private Route blackhole(Prefix prefix) {
    return Route.blackhole(prefix, protocol).withMetric(LAST_RESORT);
  }

  private static MacAddress mac(String name) {
    CRC32 hash = new CRC32();
    hash.update(name.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    // Locally administered.
    return new MacAddress(0x024200000000L | hash.getValue());
  }
}
