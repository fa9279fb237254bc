package dev.mokha.cli;

import dev.mokha.linux.FileDescriptor;
import dev.mokha.linux.Namespaces;
import dev.mokha.linux.netlink.Link;
import dev.mokha.linux.netlink.MacAddress;
import dev.mokha.linux.netlink.Prefix;
import dev.mokha.linux.netlink.Route;
import dev.mokha.linux.netlink.RouteNetlink;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The nodes' own addresses inside this machine. Node 1 is the machine itself and has its address on
 * the loopback interface, so that it does not depend on any network; each further node is a network
 * namespace, a stand-in for a second host, joined to the first by a veth.
 */
public final class NodeNamespace {
  private static final int PROTOCOL_STATIC = 4;
  private static final int MTU = 1500;

  private NodeNamespace() {}

  /** Where a node's namespace is pinned. */
  static Path path(Instance instance, int node) {
    return instance.runDir().resolve("node-" + node + ".netns");
  }

  private static String link(Instance instance, int node) {
    return instance.nodeInstance(node) + "-node";
  }

  /**
   * Which local addresses a node's NodePorts listen on: all, since a node's namespace holds nothing
   * else.
   */
  public static List<String> nodePortAddresses(int node) {
    return List.of();
  }

  /** Gives the machine node 1's address, unless it has it. */
  public static void addHostAddress(Settings settings) {
    InetAddress address = settings.nodeAddress(1);
    try (RouteNetlink netlink = new RouteNetlink()) {
      int loopback = netlink.link("lo").orElseThrow().index();
      boolean there = netlink.addresses().stream().anyMatch(a -> a.address().equals(address));
      if (!there) {
        netlink.addAddress(new RouteNetlink.LinkAddress(loopback, address, 32, true));
      }
    }
  }

  static void removeHostAddress(Settings settings) {
    InetAddress address = settings.nodeAddress(1);
    try (RouteNetlink netlink = new RouteNetlink()) {
      netlink.addresses().stream()
          .filter(a -> a.address().equals(address))
          .toList()
          .forEach(netlink::deleteAddress);
    }
  }

  /** Makes a further node's namespace and its link, unless they are there. */
  static void create(Instance instance, Settings settings, int node) {
    Path pin = path(instance, node);
    String link = link(instance, node);
    InetAddress own = settings.nodeAddress(node);
    InetAddress host = settings.nodeAddress(1);
    if (Namespaces.isPinned(pin)) {
      return;
    }
    addHostAddress(settings);
    Namespaces.create(Map.of(Namespaces.Kind.NET, pin), () -> null);
    try (RouteNetlink netlink = new RouteNetlink();
        FileDescriptor namespace = FileDescriptor.open(pin, FileDescriptor.READ_ONLY)) {
      netlink.deleteLink(link);
      netlink.createVeth(
          new Link.VethPair(link, mac(node, 1), "eth0", mac(node, 2), MTU), namespace);
      int index = netlink.link(link).orElseThrow().index();
      netlink.change(index, Link.Change.UP);
      netlink.replaceRoute(Route.direct(Prefix.of(own), index, PROTOCOL_STATIC));
    }
    Namespaces.call(
        Map.of(Namespaces.Kind.NET, pin),
        () -> {
          try (RouteNetlink netlink = new RouteNetlink()) {
            int lo = netlink.link("lo").orElseThrow().index();
            int eth = netlink.link("eth0").orElseThrow().index();
            netlink.change(lo, Link.Change.UP);
            netlink.change(eth, Link.Change.UP);
            netlink.addAddress(new RouteNetlink.LinkAddress(eth, own, 32, false));
            netlink.replaceRoute(Route.direct(Prefix.of(host), eth, PROTOCOL_STATIC));
            netlink.replaceRoute(
                Route.via(Prefix.parse("0.0.0.0/0"), host, eth, PROTOCOL_STATIC).withOnLink());
          }
          return null;
        });
  }

  /** A locally administered address, the same at every start, so that no ARP entry grows stale. */
  private static MacAddress mac(int node, int end) {
    return MacAddress.of(new byte[] {0x02, 0x6d, 0x6b, 0x68, (byte) node, (byte) end});
  }

  /** Takes a further node's namespace and link away. */
  static void remove(Instance instance, int node) {
    try (RouteNetlink netlink = new RouteNetlink()) {
      netlink.deleteLink(link(instance, node));
    }
    if (Namespaces.isPinned(path(instance, node))) {
      Namespaces.unpin(path(instance, node));
    }
  }
}
