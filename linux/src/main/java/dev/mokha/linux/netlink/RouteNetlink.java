package dev.mokha.linux.netlink;

import dev.mokha.linux.Errno;
import dev.mokha.linux.FileDescriptor;
import dev.mokha.linux.LinuxException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Links, addresses, neighbours, routes and rules of one network namespace: the one of the thread
 * that opened it. Safe for many threads.
 *
 * <p>Adding what is there and deleting what is not are no errors: the methods say what is to be.
 */
public final class RouteNetlink implements AutoCloseable {
  private static final int NEW_LINK = 16;
  private static final int DELETE_LINK = 17;
  private static final int GET_LINK = 18;
  private static final int SET_LINK = 19;
  private static final int NEW_ADDRESS = 20;
  private static final int DELETE_ADDRESS = 21;
  private static final int GET_ADDRESS = 22;
  private static final int NEW_ROUTE = 24;
  private static final int DELETE_ROUTE = 25;
  private static final int GET_ROUTE = 26;
  private static final int NEW_NEIGHBOUR = 28;
  private static final int NEW_RULE = 32;
  private static final int DELETE_RULE = 33;
  private static final int GET_RULE = 34;

  private static final int INET = 2;
  private static final int INET6 = 10;
  private static final int BRIDGE = 7;
  private static final int IFF_UP = 1;
  private static final int HOST_SCOPE = 254;

  private final NetlinkSocket socket;

  /** Opens a socket in the calling thread's namespace. */
  public RouteNetlink() {
    socket = new NetlinkSocket(NetlinkSocket.ROUTE);
  }

  // Links.

  /** All links. */
  public List<Link> links() {
    return socket
        .request(
            "list links", linkHeader(new NetlinkMessage(GET_LINK, NetlinkMessage.DUMP), 0, 0, 0))
        .stream()
        .map(RouteNetlink::link)
        .toList();
  }

  /** A link by its name. */
  public Optional<Link> link(String name) {
    NetlinkMessage message = linkHeader(new NetlinkMessage(GET_LINK, NetlinkMessage.ACK), 0, 0, 0);
    message.string(3, name);
    try {
      return socket.request("find link " + name, message).stream()
          .map(RouteNetlink::link)
          .findFirst();
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
    NetlinkMessage message = linkHeader(create(NEW_LINK), 0, 0, 0);
    describe(message, pair.name(), pair.mac(), pair.mtu());
    if (bridge != 0) {
      message.int32(10, bridge);
    }
    message.nested(
        18,
        info -> {
          info.string(1, "veth");
          info.nested(
              2,
              data ->
                  data.block(
                      1,
                      peer -> {
                        linkHeader(peer, 0, 0, 0);
                        describe(peer, pair.peerName(), pair.peerMac(), pair.mtu());
                        peer.int32(28, peerNamespace.number());
                      }));
        });
    socket.request("make veth " + pair.name(), message);
  }

  /** Makes a bridge, when there is no link of that name. */
  public void createBridge(String name) {
    NetlinkMessage message = linkHeader(create(NEW_LINK), 0, 0, 0);
    message.string(3, name);
    message.nested(18, info -> info.string(1, "bridge"));
    ignoring(Errno.EEXIST, () -> socket.request("make bridge " + name, message));
  }

  /**
   * Makes a bridge whose hardware address stays the same whoever comes into it; false when there is
   * a link of that name.
   *
   * @param mtu bytes; 0 for the kernel's choice
   */
  public boolean createBridge(String name, MacAddress mac, int mtu) {
    NetlinkMessage message = linkHeader(create(NEW_LINK), 0, 0, 0);
    describe(message, name, mac, mtu);
    message.nested(18, info -> info.string(1, "bridge"));
    return ignoring(Errno.EEXIST, () -> socket.request("make bridge " + name, message));
  }

  /** Keeps a bridge's port from talking to other ports that are isolated too. */
  public void isolatePort(int index) {
    setPort(index, 33, 1);
  }

  /** Lets a bridge's port get back what was sent through it. */
  public void reflectPort(int index) {
    setPort(index, 4, 1);
  }

  /** Has a bridge's port neither take nor give anything more. */
  public void disablePort(int index) {
    setPort(index, 1, 0);
  }

  private void setPort(int index, int attribute, int value) {
    NetlinkMessage message = new NetlinkMessage(SET_LINK, NetlinkMessage.ACK);
    message.int8(BRIDGE).int8(0).int16(0).int32(index).int32(0).int32(0);
    message.nested(12, port -> port.int8(attribute, value));
    socket.request("set port " + index + " of a bridge", message);
  }

  /** What a link has received and sent; empty when there is no such link. */
  public Optional<Link.Counters> counters(String name) {
    NetlinkMessage message = linkHeader(new NetlinkMessage(GET_LINK, NetlinkMessage.ACK), 0, 0, 0);
    message.string(3, name);
    try {
      return socket.request("find link " + name, message).stream()
          .findFirst()
          .map(body -> counters(new Attributes(body.slice(16, body.limit() - 16))));
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENODEV) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** struct rtnl_link_stats64. */
  private static Link.Counters counters(Attributes link) {
    ByteBuffer stats = ByteBuffer.wrap(link.bytes(23)).order(ByteOrder.nativeOrder());
    return new Link.Counters(
        stats.getLong(16),
        stats.getLong(0),
        stats.getLong(32),
        stats.getLong(48),
        stats.getLong(24),
        stats.getLong(8),
        stats.getLong(40),
        stats.getLong(56));
  }

  /** Changes a link. */
  public void change(int index, Link.Change change) {
    NetlinkMessage message =
        linkHeader(
            new NetlinkMessage(SET_LINK, NetlinkMessage.ACK),
            index,
            change.up() ? IFF_UP : 0,
            IFF_UP);
    if (!change.alias().isEmpty()) {
      message.string(20, change.alias());
    }
    if (change.noLinkLocal() || !change.ipv4().isEmpty()) {
      message.nested(
          26,
          families -> {
            if (!change.ipv4().isEmpty()) {
              families.nested(
                  INET,
                  inet ->
                      inet.nested(
                          1,
                          settings ->
                              change
                                  .ipv4()
                                  .forEach(s -> settings.int32(s.setting().number(), s.value()))));
            }
            if (change.noLinkLocal()) {
              families.nested(INET6, inet6 -> inet6.int8(8, 1));
            }
          });
    }
    socket.request("change link " + index, message);
  }

  /** Puts a link into a bridge; 0 takes it out. */
  public void setMaster(int index, int master) {
    NetlinkMessage message =
        linkHeader(new NetlinkMessage(SET_LINK, NetlinkMessage.ACK), index, 0, 0);
    message.int32(10, master);
    socket.request("put link " + index + " into a bridge", message);
  }

  /** Renames a link, which must be down. */
  public void rename(int index, String name) {
    NetlinkMessage message =
        linkHeader(new NetlinkMessage(SET_LINK, NetlinkMessage.ACK), index, 0, 0);
    message.string(3, name);
    socket.request("rename link " + index + " to " + name, message);
  }

  /** Deletes a link, of a veth pair both ends. False when there is none. */
  public boolean deleteLink(String name) {
    NetlinkMessage message =
        linkHeader(new NetlinkMessage(DELETE_LINK, NetlinkMessage.ACK), 0, 0, 0);
    message.string(3, name);
    return ignoring(Errno.ENODEV, () -> socket.request("delete link " + name, message));
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
    NetlinkMessage message = new NetlinkMessage(GET_ADDRESS, NetlinkMessage.DUMP);
    message.int8(0).int8(0).int8(0).int8(0).int32(0);
    List<LinkAddress> addresses = new ArrayList<>();
    for (ByteBuffer body : socket.request("list addresses", message)) {
      Attributes attributes = new Attributes(body.slice(8, body.limit() - 8));
      InetAddress local = attributes.address(attributes.has(2) ? 2 : 1);
      if (local != null) {
        addresses.add(
            new LinkAddress(
                body.getInt(4), local, body.get(1) & 0xff, (body.get(3) & 0xff) == HOST_SCOPE));
      }
    }
    return addresses;
  }

  /** Adds an address. */
  public void addAddress(LinkAddress address) {
    ignoring(
        Errno.EEXIST,
        () -> socket.request("add " + address, addressMessage(create(NEW_ADDRESS), address)));
  }

  /** Deletes an address. False when it is not there. */
  public boolean deleteAddress(LinkAddress address) {
    NetlinkMessage message = new NetlinkMessage(DELETE_ADDRESS, NetlinkMessage.ACK);
    return ignoring(
        Errno.EADDRNOTAVAIL,
        () -> socket.request("delete " + address, addressMessage(message, address)));
  }

  private static NetlinkMessage addressMessage(NetlinkMessage message, LinkAddress address) {
    byte[] bytes = address.address().getAddress();
    // IFA_F_NODAD: an IPv6 address can be used at once.
    message.int8(family(bytes)).int8(address.length()).int8(bytes.length == 16 ? 2 : 0);
    message.int8(address.hostOnly() ? HOST_SCOPE : 0);
    return message.int32(address.link()).bytes(2, bytes).bytes(1, bytes);
  }

  // Neighbours.

  /** Says for good which hardware address an address has on a link. */
  public void setNeighbour(int link, InetAddress address, MacAddress mac) {
    byte[] bytes = address.getAddress();
    NetlinkMessage message =
        new NetlinkMessage(
            NEW_NEIGHBOUR, NetlinkMessage.ACK | NetlinkMessage.CREATE | NetlinkMessage.REPLACE);
    message.int8(family(bytes)).int8(0).int16(0).int32(link).int16(0x80).int8(0).int8(0);
    message.bytes(1, bytes).bytes(2, mac.bytes());
    socket.request("set neighbour " + address.getHostAddress(), message);
  }

  /**
   * Tells a bridge which of its ports leads to a hardware address, as if a packet had come from
   * there.
   */
  public void setForwarding(int port, MacAddress mac) {
    NetlinkMessage message =
        new NetlinkMessage(
            NEW_NEIGHBOUR, NetlinkMessage.ACK | NetlinkMessage.CREATE | NetlinkMessage.REPLACE);
    // NUD_NOARP: it stays for as long as the port, and moves when the address does (a port whose
    // link
    // is not yet running may have no other kind); NTF_MASTER.
    message.int8(BRIDGE).int8(0).int16(0).int32(port).int16(0x40).int8(4).int8(0);
    message.bytes(2, mac.bytes());
    socket.request("set port of " + mac, message);
  }

  // Routes.

  /** All IPv4 routes of a table. */
  public List<Route> routes(int table) {
    return routes(table, INET, Prefix.parse("0.0.0.0/0"));
  }

  /** All IPv6 routes of a table. */
  public List<Route> routes6(int table) {
    return routes(table, INET6, Prefix.parse("::/0"));
  }

  private List<Route> routes(int table, int family, Prefix everywhere) {
    NetlinkMessage message = new NetlinkMessage(GET_ROUTE, NetlinkMessage.DUMP);
    message.int8(family).int8(0).int8(0).int8(0).int8(0).int8(0).int8(0).int8(0).int32(0);
    List<Route> routes = new ArrayList<>();
    for (ByteBuffer body : socket.request("list routes", message)) {
      Attributes attributes = new Attributes(body.slice(12, body.limit() - 12));
      int number = attributes.has(15) ? attributes.int32(15) : body.get(4) & 0xff;
      if (number == table && (body.getInt(8) & 0x200) == 0) {
        routes.add(route(body, attributes, number, everywhere));
      }
    }
    return routes;
  }

  /** The route a packet to an address would take; empty when there is none. */
  public Optional<Route> lookup(InetAddress address) {
    byte[] bytes = address.getAddress();
    NetlinkMessage message = new NetlinkMessage(GET_ROUTE, NetlinkMessage.ACK);
    message.int8(family(bytes)).int8(bytes.length * 8).int8(0).int8(0);
    message.int8(0).int8(0).int8(0).int8(0).int32(0).bytes(1, bytes);
    try {
      return socket.request("find route to " + address.getHostAddress(), message).stream()
          .findFirst()
          .map(
              body -> {
                Attributes attributes = new Attributes(body.slice(12, body.limit() - 12));
                return route(body, attributes, attributes.int32(15), Prefix.parse("0.0.0.0/0"));
              });
    } catch (LinuxException e) {
      return switch (e.errno()) {
        // What the kernel answers for no route, and for those that drop.
        case ENETUNREACH, EHOSTUNREACH, EINVAL, EACCES -> Optional.empty();
        default -> throw e;
      };
    }
  }

  private static Route route(ByteBuffer body, Attributes attributes, int table, Prefix everywhere) {
    InetAddress destination = attributes.address(1);
    return new Route(
        destination == null ? everywhere : new Prefix(destination, body.get(1) & 0xff),
        Route.Type.of(body.get(7) & 0xff),
        attributes.address(5),
        attributes.int32(4),
        attributes.address(7),
        table,
        body.get(5) & 0xff,
        attributes.nested(8).int32(2),
        (body.getInt(8) & 4) != 0,
        attributes.int32(6));
  }

  /** Adds a route, in place of one with the same destination and table. */
  public void replaceRoute(Route route) {
    NetlinkMessage message =
        new NetlinkMessage(
            NEW_ROUTE, NetlinkMessage.ACK | NetlinkMessage.CREATE | NetlinkMessage.REPLACE);
    socket.request("add route " + route.destination(), routeMessage(message, route));
  }

  /** Deletes a route. False when it is not there. */
  public boolean deleteRoute(Route route) {
    NetlinkMessage message = new NetlinkMessage(DELETE_ROUTE, NetlinkMessage.ACK);
    return ignoring(
        Errno.ESRCH,
        () -> socket.request("delete route " + route.destination(), routeMessage(message, route)));
  }

  private static NetlinkMessage routeMessage(NetlinkMessage message, Route route) {
    byte[] destination = route.destination().address().getAddress();
    int scope =
        switch (route.type()) {
          case LOCAL -> 254;
          case UNICAST -> route.gateway() == null ? 253 : 0;
          default -> 0;
        };
    message.int8(family(destination)).int8(route.destination().length()).int8(0).int8(0);
    message.int8(route.table() > 255 ? 0 : route.table()).int8(route.protocol());
    message.int8(scope).int8(route.type().number()).int32(route.onLink() ? 4 : 0);
    message.int32(15, route.table());
    if (route.destination().length() > 0) {
      message.bytes(1, destination);
    }
    if (route.gateway() != null) {
      message.bytes(5, route.gateway().getAddress());
    }
    if (route.link() != 0) {
      message.int32(4, route.link());
    }
    if (route.source() != null) {
      message.bytes(7, route.source().getAddress());
    }
    if (route.metric() != 0) {
      message.int32(6, route.metric());
    }
    if (route.mtu() != 0) {
      message.nested(8, metrics -> metrics.int32(2, route.mtu()));
    }
    return message;
  }

  // Rules.

  /** All IPv4 rules. */
  public List<Rule> rules() {
    NetlinkMessage message = new NetlinkMessage(GET_RULE, NetlinkMessage.DUMP);
    message.int8(INET).int8(0).int8(0).int8(0).int8(0).int8(0).int8(0).int8(0).int32(0);
    List<Rule> rules = new ArrayList<>();
    for (ByteBuffer body : socket.request("list rules", message)) {
      Attributes attributes = new Attributes(body.slice(12, body.limit() - 12));
      InetAddress to = attributes.address(1);
      rules.add(
          new Rule(
              attributes.int32(6),
              to == null ? null : new Prefix(to, body.get(1) & 0xff),
              attributes.string(3),
              attributes.has(15) ? attributes.int32(15) : body.get(4) & 0xff,
              attributes.int8(21)));
    }
    return rules;
  }

  /** Adds a rule, when there is no such one. */
  public void addRule(Rule rule) {
    ignoring(
        Errno.EEXIST, () -> socket.request("add " + rule, ruleMessage(create(NEW_RULE), rule)));
  }

  /** Deletes a rule. False when it is not there. */
  public boolean deleteRule(Rule rule) {
    NetlinkMessage message = new NetlinkMessage(DELETE_RULE, NetlinkMessage.ACK);
    return ignoring(
        Errno.ENOENT, () -> socket.request("delete " + rule, ruleMessage(message, rule)));
  }

  private static NetlinkMessage ruleMessage(NetlinkMessage message, Rule rule) {
    message.int8(INET).int8(rule.to() == null ? 0 : rule.to().length()).int8(0).int8(0);
    message.int8(rule.table() > 255 ? 0 : rule.table()).int8(0).int8(0).int8(1).int32(0);
    if (rule.to() != null) {
      message.bytes(1, rule.to().address().getAddress());
    }
    if (!rule.incoming().isEmpty()) {
      message.string(3, rule.incoming());
    }
    return message.int32(6, rule.priority()).int32(15, rule.table()).int8(21, rule.protocol());
  }

  // Shared.

  private static NetlinkMessage create(int type) {
    return new NetlinkMessage(
        type, NetlinkMessage.ACK | NetlinkMessage.CREATE | NetlinkMessage.EXCLUSIVE);
  }

  /** struct ifinfomsg. */
  private static NetlinkMessage linkHeader(NetlinkMessage m, int index, int flags, int change) {
    return m.int8(0).int8(0).int16(0).int32(index).int32(flags).int32(change);
  }

  private static void describe(NetlinkMessage message, String name, MacAddress mac, int mtu) {
    message.string(3, name);
    message.bytes(1, mac.bytes());
    if (mtu > 0) {
      message.int32(4, mtu);
    }
  }

  private static Link link(ByteBuffer body) {
    Attributes attributes = new Attributes(body.slice(16, body.limit() - 16));
    return new Link(
        body.getInt(4),
        attributes.string(3),
        attributes.nested(18).string(1),
        (body.getInt(8) & IFF_UP) != 0,
        attributes.int32(4),
        MacAddress.of(attributes.bytes(1)),
        attributes.string(20),
        attributes.int32(10));
  }

  private static int family(byte[] address) {
    return address.length == 4 ? INET : INET6;
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
