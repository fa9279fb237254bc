package dev.mokha.linux.netlink;

import dev.mokha.linux.Errno;
import dev.mokha.linux.FileDescriptor;
import dev.mokha.linux.LinuxException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Links, addresses, neighbours, routes and rules of one network namespace: the one of the thread
 * that opened it. Safe for many threads.
 *
 * <p>Adding what is there and deleting what is not are no errors: the methods say what is to be.
 */
public final class RouteNetlink implements AutoCloseable {
  /** IFLA_BRPORT_STATE; 0 is disabled. */
  private static final int PORT_STATE = 1;

  /** IFLA_BRPORT_MODE: hairpin. */
  private static final int PORT_REFLECTS = 4;

  /** IFLA_BRPORT_ISOLATED. */
  private static final int PORT_ISOLATED = 33;

  private final NetlinkSocket socket;

  /** Opens a socket in the calling thread's namespace. */
  public RouteNetlink() {
    socket = new NetlinkSocket(NetlinkSocket.ROUTE);
  }

  // Links.

  /** All links. */
  public List<Link> links() {
    return socket.request("list links", LinkMessages.all()).stream()
        .map(LinkMessages::link)
        .toList();
  }

  /** A link by its name. */
  public Optional<Link> link(String name) {
    return body(name).map(LinkMessages::link);
  }

  private Optional<ByteBuffer> body(String link) {
    try {
      return socket.request("find link " + link, LinkMessages.byName(link)).stream().findFirst();
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENODEV) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * Makes a veth pair, its second end directly in another namespace: moved there afterwards it
   * would take ten times as long.
   */
  public void createVeth(Link.VethPair pair, FileDescriptor peerNamespace) {
    createVeth(pair, peerNamespace, 0);
  }

  /** The same, with the first end in a bridge, by the bridge's index, from the beginning. */
  public void createVeth(Link.VethPair pair, FileDescriptor peerNamespace, int bridge) {
    socket.request("make veth " + pair.name(), LinkMessages.veth(pair, peerNamespace, bridge));
  }

  /** Makes a bridge, when there is no link of that name. */
  public void createBridge(String name) {
    ignoring(Errno.EEXIST, () -> socket.request("make bridge " + name, LinkMessages.bridge(name)));
  }

  /**
   * Makes a bridge whose hardware address stays the same whoever comes into it; false when there is
   * a link of that name.
   *
   * @param mtu bytes; 0 for the kernel's choice
   */
  public boolean createBridge(String name, MacAddress mac, int mtu) {
    return ignoring(
        Errno.EEXIST,
        () -> socket.request("make bridge " + name, LinkMessages.bridge(name, mac, mtu)));
  }

  /** Keeps a bridge's port from talking to other ports that are isolated too. */
  public void isolatePort(int index) {
    setPort(index, PORT_ISOLATED, 1);
  }

  /** Lets a bridge's port get back what was sent through it. */
  public void reflectPort(int index) {
    setPort(index, PORT_REFLECTS, 1);
  }

  /** Has a bridge's port neither take nor give anything more. */
  public void disablePort(int index) {
    setPort(index, PORT_STATE, 0);
  }

  private void setPort(int index, int attribute, int value) {
    socket.request(
        "set port " + index + " of a bridge", LinkMessages.port(index, attribute, value));
  }

  /** What a link has received and sent; empty when there is no such link. */
  public Optional<Link.Counters> counters(String name) {
    return body(name).map(LinkMessages::counters);
  }

  /** Changes a link. */
  public void change(int index, Link.Change change) {
    socket.request("change link " + index, LinkMessages.change(index, change));
  }

  /** Puts a link into a bridge; 0 takes it out. */
  public void setMaster(int index, int master) {
    socket.request("put link " + index + " into a bridge", LinkMessages.master(index, master));
  }

  /** Renames a link, which must be down. */
  public void rename(int index, String name) {
    socket.request("rename link " + index + " to " + name, LinkMessages.rename(index, name));
  }

  /** Deletes a link, of a veth pair both ends. False when there is none. */
  public boolean deleteLink(String name) {
    return ignoring(
        Errno.ENODEV, () -> socket.request("delete link " + name, LinkMessages.delete(name)));
  }

  // Addresses.

  /**
   * An address of a link.
   *
   * @param link the link's index
   * @param address the address
   * @param length bits of the network
   * @param hostOnly whether it is for talk within the host: the kernel never picks it as a source
   */
  public record LinkAddress(int link, InetAddress address, int length, boolean hostOnly) {}

  /** All addresses. */
  public List<LinkAddress> addresses() {
    return socket.request("list addresses", AddressMessages.all()).stream()
        .map(AddressMessages::address)
        .flatMap(Optional::stream)
        .toList();
  }

  /** Adds an address. */
  public void addAddress(LinkAddress address) {
    ignoring(Errno.EEXIST, () -> socket.request("add " + address, AddressMessages.add(address)));
  }

  /** Deletes an address. False when it is not there. */
  public boolean deleteAddress(LinkAddress address) {
    return ignoring(
        Errno.EADDRNOTAVAIL,
        () -> socket.request("delete " + address, AddressMessages.delete(address)));
  }

  // Neighbours.

  /** Says for good which hardware address an address has on a link. */
  public void setNeighbour(int link, InetAddress address, MacAddress mac) {
    socket.request(
        "set neighbour " + address.getHostAddress(), AddressMessages.neighbour(link, address, mac));
  }

  /**
   * Tells a bridge which of its ports leads to a hardware address, as if a packet had come from
   * there.
   */
  public void setForwarding(int port, MacAddress mac) {
    socket.request("set port of " + mac, AddressMessages.forwarding(port, mac));
  }

  // Routes.

  /** All IPv4 routes of a table. */
  public List<Route> routes(int table) {
    return routes(table, AddressFamily.INET, Prefix.parse("0.0.0.0/0"));
  }

  /** All IPv6 routes of a table. */
  public List<Route> routes6(int table) {
    return routes(table, AddressFamily.INET6, Prefix.parse("::/0"));
  }

  private List<Route> routes(int table, int family, Prefix everywhere) {
    return socket.request("list routes", RouteMessages.all(family)).stream()
        .map(body -> RouteMessages.ofTable(body, table, everywhere))
        .flatMap(Optional::stream)
        .toList();
  }

  /** The route a packet to an address would take; empty when there is none. */
  public Optional<Route> lookup(InetAddress address) {
    try {
      return socket
          .request("find route to " + address.getHostAddress(), RouteMessages.lookup(address))
          .stream()
          .findFirst()
          .map(RouteMessages::found);
    } catch (LinuxException e) {
      return switch (e.errno()) {
        // What the kernel answers for no route, and for those that drop.
        case ENETUNREACH, EHOSTUNREACH, EINVAL, EACCES -> Optional.empty();
        default -> throw e;
      };
    }
  }

  /** Adds a route, in place of one with the same destination and table. */
  public void replaceRoute(Route route) {
    socket.request("add route " + route.destination(), RouteMessages.replace(route));
  }

  /** Deletes a route. False when it is not there. */
  public boolean deleteRoute(Route route) {
    return ignoring(
        Errno.ESRCH,
        () -> socket.request("delete route " + route.destination(), RouteMessages.delete(route)));
  }

  // Rules.

  /** All IPv4 rules. */
  public List<Rule> rules() {
    return socket.request("list rules", RouteMessages.allRules()).stream()
        .map(RouteMessages::rule)
        .toList();
  }

  /** Adds a rule, when there is no such one. */
  public void addRule(Rule rule) {
    ignoring(Errno.EEXIST, () -> socket.request("add " + rule, RouteMessages.addRule(rule)));
  }

  /** Deletes a rule. False when it is not there. */
  public boolean deleteRule(Rule rule) {
    return ignoring(
        Errno.ENOENT, () -> socket.request("delete " + rule, RouteMessages.deleteRule(rule)));
  }

  private static boolean ignoring(Errno errno, Runnable request) {
    try {
      request.run();
      return true;
    } catch (LinuxException e) {
      if (e.errno() == errno) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
