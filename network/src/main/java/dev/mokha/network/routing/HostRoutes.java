package dev.mokha.network.routing;

import static java.util.Objects.requireNonNull;

import dev.mokha.linux.netlink.Link;
import dev.mokha.linux.netlink.Prefix;
import dev.mokha.linux.netlink.Route;
import dev.mokha.linux.netlink.RouteNetlink;
import dev.mokha.linux.netlink.RouteNetlink.LinkAddress;
import dev.mokha.linux.netlink.Rule;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The routes of an instance on a host.
 *
 * <ul>
 *   <li>Blackholes for all pods and all Services: a packet to an address that no better route knows
 *       never leaves the host.
 *   <li>What this host itself sends to a Service must find a route before nftables gives it a
 *       backend, or connect(2) would fail at once. A rule for such packets alone leads to a table
 *       where the service range lies on the loopback link; after the translation they are routed
 *       anew.
 *   <li>The DNS address, on the loopback link.
 *   <li>Other nodes' pods, through those nodes' addresses.
 * </ul>
 */
public final class HostRoutes {
  /** The table for this host's own packets to Services; all instances share it. */
  static final int SERVICE_TABLE = 28015;

  private static final Logger LOG = LoggerFactory.getLogger(HostRoutes.class);
  private static final int RULE_PRIORITY = 1000;
  private static final String LOOPBACK = "lo";

  private final RouteNetlink netlink;
  private final int protocol;
  private final Prefix clusterCidr;
  private final Prefix serviceCidr;
  private final InetAddress nodeAddress;
  private final InetAddress dnsAddress;

  /**
   * Routes of the namespace that the netlink socket speaks for.
   *
   * @param protocol marks them as Mokha's
   */
  public HostRoutes(
      RouteNetlink netlink,
      int protocol,
      Prefix clusterCidr,
      Prefix serviceCidr,
      InetAddress nodeAddress,
      InetAddress dnsAddress) {
    this.netlink = requireNonNull(netlink, "netlink");
    this.protocol = protocol;
    this.clusterCidr = requireNonNull(clusterCidr, "clusterCidr");
    this.serviceCidr = requireNonNull(serviceCidr, "serviceCidr");
    this.nodeAddress = requireNonNull(nodeAddress, "nodeAddress");
    this.dnsAddress = requireNonNull(dnsAddress, "dnsAddress");
  }

  /** The link that has this host's address. */
  public Link uplink() {
    int index =
        netlink.addresses().stream()
            .filter(address -> address.address().equals(nodeAddress))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "No link of this host has the node's address "
                            + nodeAddress.getHostAddress()
                            + "; name one that ip address shows"))
            .link();
    return netlink.links().stream().filter(link -> link.index() == index).findFirst().orElseThrow();
  }

  /**
   * Makes what does not depend on the API.
   *
   * @param mtu of the link to other hosts, in bytes
   */
  public void install(int mtu) {
    Link loopback = loopback();
    netlink.change(loopback.index(), Link.Change.UP);
    netlink.replaceRoute(Route.blackhole(clusterCidr, protocol));
    netlink.replaceRoute(Route.blackhole(serviceCidr, protocol));
    netlink.replaceRoute(loopbackRoute(loopback).withMtu(mtu));
    netlink.addRule(rule());
    netlink.addAddress(dnsOn(loopback));
  }

  /** Brings the routes to other nodes' pods to what is wanted: from range to the node's address. */
  public void connectNodes(Map<Prefix, InetAddress> nodes) {
    Map<Prefix, InetAddress> gateways = new HashMap<>();
    nodes.forEach(
        (pods, address) ->
            nextHop(address, nodes.values())
                .ifPresentOrElse(
                    hop -> gateways.put(pods, hop),
                    () ->
                        LOG.warn(
                            "Pods {} can't be reached: no link of this host leads to their node {}",
                            pods,
                            address.getHostAddress())));
    Set<Prefix> present = new HashSet<>();
    for (Route route : netlink.routes(Route.MAIN)) {
      if (isToNode(route)) {
        if (route.gateway().equals(gateways.get(route.destination()))) {
          present.add(route.destination());
        } else if (!gateways.containsKey(route.destination())) {
          netlink.deleteRoute(route);
          LOG.info("No more route to the pods {}", route.destination());
        }
      }
    }
    gateways.forEach(
        (pods, gateway) -> {
          if (!present.contains(pods)) {
            netlink.replaceRoute(Route.via(pods, gateway, 0, protocol).from(nodeAddress));
            LOG.info("Pods {} are reached through {}", pods, gateway.getHostAddress());
          }
        });
  }

  /**
   * Where packets for a node's pods go: to the node itself when it is on a link of this host, or to
   * the node through which it is reached. A router that is no node would not know what to do.
   */
  private Optional<InetAddress> nextHop(InetAddress node, Collection<InetAddress> nodes) {
    return netlink
        .lookup(node)
        .map(route -> route.gateway() == null ? node : route.gateway())
        .filter(hop -> hop.equals(node) || nodes.contains(hop));
  }

  /** Removes everything. */
  public void remove() {
    for (Route route : netlink.routes(Route.MAIN)) {
      if (route.protocol() == protocol
          && (clusterCidr.contains(route.destination())
              || serviceCidr.contains(route.destination()))) {
        netlink.deleteRoute(route);
      }
    }
    Link loopback = loopback();
    netlink.deleteRule(rule());
    netlink.deleteRoute(loopbackRoute(loopback));
    netlink.deleteAddress(dnsOn(loopback));
  }

  private boolean isToNode(Route route) {
    return route.protocol() == protocol
        && route.gateway() != null
        && clusterCidr.contains(route.destination());
  }

  private Link loopback() {
    return netlink.link(LOOPBACK).orElseThrow();
  }

  private Route loopbackRoute(Link loopback) {
    return Route.direct(serviceCidr, loopback.index(), protocol)
        .from(nodeAddress)
        .inTable(SERVICE_TABLE);
  }

  private Rule rule() {
    return new Rule(RULE_PRIORITY, serviceCidr, LOOPBACK, SERVICE_TABLE, protocol);
  }

  private LinkAddress dnsOn(Link loopback) {
    return new LinkAddress(loopback.index(), dnsAddress, 32, true);
  }
}
