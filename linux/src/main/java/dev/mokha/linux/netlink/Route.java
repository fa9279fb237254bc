package dev.mokha.linux.netlink;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;

/**
 * A route.
 *
 * @param destination where to
 * @param type what becomes of a packet
 * @param gateway next hop; null when directly on the link
 * @param link index of the link; 0 where the type needs none
 * @param source the address packets of this host get; null for the kernel's choice
 * @param table routing table; 254 is main
 * @param protocol who made it (rtm_protocol): 2 is the kernel
 * @param mtu bytes; 0 for the link's
 * @param onLink whether the gateway is taken to be on the link though no address says so
 * @param metric of several routes to the same destination the lowest is taken; 0 for the kernel's
 *     choice
 */
public record Route(
    Prefix destination,
    Type type,
    InetAddress gateway,
    int link,
    InetAddress source,
    int table,
    int protocol,
    int mtu,
    boolean onLink,
    int metric) {
  /** The main table. */
  public static final int MAIN = 254;

  /** Refuses nulls. */
  public Route {
    requireNonNull(destination, "destination");
    requireNonNull(type, "type");
  }

  /** What becomes of a packet; RTN_* of linux/rtnetlink.h. */
  public enum Type {
    /** It goes on. */
    UNICAST(1),
    /** It is for this host. */
    LOCAL(2),
    /** To all. */
    BROADCAST(3),
    /** It is dropped. */
    BLACKHOLE(6),
    /** It is dropped, and the sender is told. */
    UNREACHABLE(7),
    /** Anything else. */
    OTHER(0);

    private final int number;

    Type(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }

    static Type of(int number) {
      for (Type type : values()) {
        if (type.number == number) {
          return type;
        }
      }
      return OTHER;
    }
  }

  /** A route of the main table through a link, with no gateway. */
  public static Route direct(Prefix destination, int link, int protocol) {
    return new Route(destination, Type.UNICAST, null, link, null, MAIN, protocol, 0, false, 0);
  }

  /** A route of the main table through a gateway. */
  public static Route via(Prefix destination, InetAddress gateway, int link, int protocol) {
    return new Route(destination, Type.UNICAST, gateway, link, null, MAIN, protocol, 0, false, 0);
  }

  /** Drops what has no better route. */
  public static Route blackhole(Prefix destination, int protocol) {
    return new Route(destination, Type.BLACKHOLE, null, 0, null, MAIN, protocol, 0, false, 0);
  }

  /** The same, with another source. */
  public Route from(InetAddress address) {
    return new Route(
        destination, type, gateway, link, address, table, protocol, mtu, onLink, metric);
  }

  /** The same, in another table. */
  public Route inTable(int number) {
    return new Route(
        destination, type, gateway, link, source, number, protocol, mtu, onLink, metric);
  }

  /** The same, for packets of at most so many bytes. */
  public Route withMtu(int bytes) {
    return new Route(
        destination, type, gateway, link, source, table, protocol, bytes, onLink, metric);
  }

  /** The same, with a gateway that no address shows to be on the link. */
  public Route withOnLink() {
    return new Route(destination, type, gateway, link, source, table, protocol, mtu, true, metric);
  }

  /** The same, behind routes of a lower metric. */
  public Route withMetric(int number) {
    return new Route(
        destination, type, gateway, link, source, table, protocol, mtu, onLink, number);
  }
}
