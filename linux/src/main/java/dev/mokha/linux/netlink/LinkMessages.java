package dev.mokha.linux.netlink;

import dev.mokha.linux.FileDescriptor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Requests about links and the answers' form: struct ifinfomsg, IFLA_* of linux/if_link.h, VETH_*
 * of linux/veth.h.
 */
final class LinkMessages {
  private static final int NEW = 16;
  private static final int DELETE = 17;
  private static final int GET = 18;
  private static final int SET = 19;

  /** struct ifinfomsg. */
  private static final int FIXED_BYTES = 16;

  private static final int IFF_UP = 1;

  private static final int HARDWARE_ADDRESS = 1;
  private static final int NAME = 3;
  private static final int MTU = 4;
  private static final int MASTER = 10;
  private static final int PORT = 12;
  private static final int INFO = 18;
  private static final int ALIAS = 20;
  private static final int STATISTICS = 23;
  private static final int FAMILIES = 26;
  private static final int NAMESPACE = 28;

  private static final int INFO_KIND = 1;
  private static final int INFO_DATA = 2;
  private static final int VETH_PEER = 1;
  private static final int INET_SETTINGS = 1;
  private static final int INET6_ADDRESS_GENERATION = 8;
  private static final int GENERATE_NONE = 1;

  private LinkMessages() {}

  static NetlinkMessage all() {
    return header(NetlinkMessage.dump(GET));
  }

  static NetlinkMessage byName(String name) {
    return header(NetlinkMessage.of(GET)).string(NAME, name);
  }

  static NetlinkMessage delete(String name) {
    return header(NetlinkMessage.of(DELETE)).string(NAME, name);
  }

  /**
   * Makes a veth pair.
   *
   * @param bridge index of the bridge of the first end; 0 for none
   */
  static NetlinkMessage veth(Link.VethPair pair, FileDescriptor peerNamespace, int bridge) {
    NetlinkMessage message = header(NetlinkMessage.create(NEW));
    describe(message, pair.name(), pair.mac(), pair.mtu());
    if (bridge != 0) {
      message.int32(MASTER, bridge);
    }
    return message.nested(
        INFO,
        info -> {
          info.string(INFO_KIND, "veth");
          info.nested(
              INFO_DATA,
              data ->
                  data.block(
                      VETH_PEER,
                      peer -> {
                        header(peer);
                        describe(peer, pair.peerName(), pair.peerMac(), pair.mtu());
                        peer.int32(NAMESPACE, peerNamespace.number());
                      }));
        });
  }

  static NetlinkMessage bridge(String name) {
    NetlinkMessage message = header(NetlinkMessage.create(NEW)).string(NAME, name);
    return message.nested(INFO, info -> info.string(INFO_KIND, "bridge"));
  }

  static NetlinkMessage bridge(String name, MacAddress mac, int mtu) {
    NetlinkMessage message = header(NetlinkMessage.create(NEW));
    describe(message, name, mac, mtu);
    return message.nested(INFO, info -> info.string(INFO_KIND, "bridge"));
  }

  /**
   * Changes a bridge's port.
   *
   * @param attribute IFLA_BRPORT_*
   */
  static NetlinkMessage port(int index, int attribute, int value) {
    NetlinkMessage message = NetlinkMessage.of(SET);
    message.int8(AddressFamily.BRIDGE).int8(0).int16(0).int32(index).int32(0).int32(0);
    return message.nested(PORT, port -> port.int8(attribute, value));
  }

  static NetlinkMessage change(int index, Link.Change change) {
    NetlinkMessage message =
        header(NetlinkMessage.of(SET), index, change.up() ? IFF_UP : 0, IFF_UP);
    if (!change.alias().isEmpty()) {
      message.string(ALIAS, change.alias());
    }
    if (change.noLinkLocal() || !change.ipv4().isEmpty()) {
      message.nested(FAMILIES, families -> settings(families, change));
    }
    return message;
  }

  private static void settings(NetlinkMessage families, Link.Change change) {
    if (!change.ipv4().isEmpty()) {
      families.nested(
          AddressFamily.INET,
          inet ->
              inet.nested(
                  INET_SETTINGS,
                  settings ->
                      change.ipv4().forEach(s -> settings.int32(s.setting().number(), s.value()))));
    }
    if (change.noLinkLocal()) {
      families.nested(
          AddressFamily.INET6, inet6 -> inet6.int8(INET6_ADDRESS_GENERATION, GENERATE_NONE));
    }
  }

  static NetlinkMessage master(int index, int master) {
    return header(NetlinkMessage.of(SET), index, 0, 0).int32(MASTER, master);
  }

  static NetlinkMessage rename(int index, String name) {
    return header(NetlinkMessage.of(SET), index, 0, 0).string(NAME, name);
  }

  private static NetlinkMessage header(NetlinkMessage message) {
    return header(message, 0, 0, 0);
  }

  private static NetlinkMessage header(NetlinkMessage message, int index, int flags, int change) {
    message.int8(AddressFamily.ANY).int8(0).int16(0).int32(index);
    return message.int32(flags).int32(change);
  }

  private static void describe(NetlinkMessage message, String name, MacAddress mac, int mtu) {
    message.string(NAME, name).bytes(HARDWARE_ADDRESS, mac.bytes());
    if (mtu > 0) {
      message.int32(MTU, mtu);
    }
  }

  static Link link(ByteBuffer body) {
    Attributes attributes = new Attributes(body, FIXED_BYTES);
    return new Link(
        body.getInt(4),
        attributes.string(NAME),
        attributes.nested(INFO).string(INFO_KIND),
        (body.getInt(8) & IFF_UP) != 0,
        attributes.int32(MTU),
        MacAddress.of(attributes.bytes(HARDWARE_ADDRESS)),
        attributes.string(ALIAS),
        attributes.int32(MASTER));
  }

  /** struct rtnl_link_stats64: packets, bytes, errors and dropped, each received before sent. */
  static Link.Counters counters(ByteBuffer body) {
    byte[] statistics = new Attributes(body, FIXED_BYTES).bytes(STATISTICS);
    ByteBuffer stats = ByteBuffer.wrap(statistics).order(ByteOrder.nativeOrder());
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
}
