package dev.mokha.linux.netlink;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Requests about routes and rules and the answers' form: struct rtmsg and RTA_* of
 * linux/rtnetlink.h, struct fib_rule_hdr and FRA_* of linux/fib_rules.h. The fixed parts of both
 * are alike.
 */
final class RouteMessages {
  private static final int NEW = 24;
  private static final int DELETE = 25;
  private static final int GET = 26;
  private static final int NEW_RULE = 32;
  private static final int DELETE_RULE = 33;
  private static final int GET_RULE = 34;

  /** struct rtmsg, struct fib_rule_hdr. */
  private static final int FIXED_BYTES = 12;

  /** The fixed part has one byte for the table; larger numbers stand in an attribute alone. */
  private static final int LARGEST_SHORT_TABLE = 255;

  private static final int UNIVERSE_SCOPE = 0;
  private static final int LINK_SCOPE = 253;
  private static final int HOST_SCOPE = 254;
  private static final int CLONED = 0x200;
  private static final int ON_LINK = 4;

  private static final int DESTINATION = 1;
  private static final int LINK = 4;
  private static final int GATEWAY = 5;
  private static final int METRIC = 6;
  private static final int SOURCE = 7;
  private static final int METRICS = 8;
  private static final int TABLE = 15;
  private static final int METRICS_MTU = 2;

  private static final int RULE_INCOMING = 3;
  private static final int RULE_PRIORITY = 6;
  private static final int RULE_PROTOCOL = 21;
  private static final int TO_TABLE = 1;

  private RouteMessages() {}

  // Routes.

  static NetlinkMessage all(int family) {
    return header(NetlinkMessage.dump(GET), family, 0, 0, 0, 0, 0, 0);
  }

  static NetlinkMessage lookup(InetAddress address) {
    byte[] bytes = address.getAddress();
    int family = AddressFamily.of(bytes);
    return header(NetlinkMessage.of(GET), family, bytes.length * 8, 0, 0, 0, 0, 0)
        .bytes(DESTINATION, bytes);
  }

  static NetlinkMessage replace(Route route) {
    return describe(NetlinkMessage.replace(NEW), route);
  }

  static NetlinkMessage delete(Route route) {
    return describe(NetlinkMessage.of(DELETE), route);
  }

  private static NetlinkMessage describe(NetlinkMessage message, Route route) {
    byte[] destination = route.destination().address().getAddress();
    int scope =
        switch (route.type()) {
          case LOCAL -> HOST_SCOPE;
          case UNICAST -> route.gateway() == null ? LINK_SCOPE : UNIVERSE_SCOPE;
          default -> UNIVERSE_SCOPE;
        };
    header(
            message,
            AddressFamily.of(destination),
            route.destination().length(),
            route.table(),
            route.protocol(),
            scope,
            route.type().number(),
            route.onLink() ? ON_LINK : 0)
        .int32(TABLE, route.table());
    if (route.destination().length() > 0) {
      message.bytes(DESTINATION, destination);
    }
    if (route.gateway() != null) {
      message.bytes(GATEWAY, route.gateway().getAddress());
    }
    if (route.link() != 0) {
      message.int32(LINK, route.link());
    }
    if (route.source() != null) {
      message.bytes(SOURCE, route.source().getAddress());
    }
    if (route.metric() != 0) {
      message.int32(METRIC, route.metric());
    }
    if (route.mtu() != 0) {
      message.nested(METRICS, metrics -> metrics.int32(METRICS_MTU, route.mtu()));
    }
    return message;
  }

  /**
   * A route of a table; empty for one of another table, and for what the kernel only remembers.
   *
   * @param everywhere what a route is for that names no destination
   */
  static Optional<Route> ofTable(ByteBuffer body, int table, Prefix everywhere) {
    Attributes attributes = new Attributes(body, FIXED_BYTES);
    return table(body, attributes) == table && (body.getInt(8) & CLONED) == 0
        ? Optional.of(route(body, attributes, table, everywhere))
        : Optional.empty();
  }

  /** What was looked up. */
  static Route found(ByteBuffer body) {
    Attributes attributes = new Attributes(body, FIXED_BYTES);
    return route(body, attributes, attributes.int32(TABLE), Prefix.parse("0.0.0.0/0"));
  }

  private static Route route(ByteBuffer body, Attributes attributes, int table, Prefix everywhere) {
    InetAddress destination = attributes.address(DESTINATION);
    return new Route(
        destination == null ? everywhere : new Prefix(destination, body.get(1) & 0xff),
        Route.Type.of(body.get(7) & 0xff),
        attributes.address(GATEWAY),
        attributes.int32(LINK),
        attributes.address(SOURCE),
        table,
        body.get(5) & 0xff,
        attributes.nested(METRICS).int32(METRICS_MTU),
        (body.getInt(8) & ON_LINK) != 0,
        attributes.int32(METRIC));
  }

  // Rules.

  static NetlinkMessage allRules() {
    return header(NetlinkMessage.dump(GET_RULE), AddressFamily.INET, 0, 0, 0, 0, 0, 0);
  }

  static NetlinkMessage addRule(Rule rule) {
    return describe(NetlinkMessage.create(NEW_RULE), rule);
  }

  static NetlinkMessage deleteRule(Rule rule) {
    return describe(NetlinkMessage.of(DELETE_RULE), rule);
  }

  private static NetlinkMessage describe(NetlinkMessage message, Rule rule) {
    int length = rule.to() == null ? 0 : rule.to().length();
    header(message, AddressFamily.INET, length, rule.table(), 0, 0, TO_TABLE, 0);
    if (rule.to() != null) {
      message.bytes(DESTINATION, rule.to().address().getAddress());
    }
    if (!rule.incoming().isEmpty()) {
      message.string(RULE_INCOMING, rule.incoming());
    }
    return message
        .int32(RULE_PRIORITY, rule.priority())
        .int32(TABLE, rule.table())
        .int8(RULE_PROTOCOL, rule.protocol());
  }

  static Rule rule(ByteBuffer body) {
    Attributes attributes = new Attributes(body, FIXED_BYTES);
    InetAddress to = attributes.address(DESTINATION);
    return new Rule(
        attributes.int32(RULE_PRIORITY),
        to == null ? null : new Prefix(to, body.get(1) & 0xff),
        attributes.string(RULE_INCOMING),
        table(body, attributes),
        attributes.int8(RULE_PROTOCOL));
  }

  private static int table(ByteBuffer body, Attributes attributes) {
    return attributes.has(TABLE) ? attributes.int32(TABLE) : body.get(4) & 0xff;
  }

  private static NetlinkMessage header(
      NetlinkMessage message,
      int family,
      int destinationLength,
      int table,
      int protocol,
      int scope,
      int type,
      int flags) {
    message.int8(family).int8(destinationLength).int8(0).int8(0);
    message.int8(table > LARGEST_SHORT_TABLE ? 0 : table).int8(protocol).int8(scope).int8(type);
    return message.int32(flags);
  }
}
