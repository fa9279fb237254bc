package dev.mokha.linux.netlink;

import dev.mokha.linux.netlink.RouteNetlink.LinkAddress;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Requests about addresses and neighbours and the answers' form: struct ifaddrmsg and IFA_* of
 * linux/if_addr.h, struct ndmsg and NDA_*, NUD_*, NTF_* of linux/neighbour.h.
 */
final class AddressMessages {
  private static final int NEW = 20;
  private static final int DELETE = 21;
  private static final int GET = 22;
  private static final int NEW_NEIGHBOUR = 28;

  /** struct ifaddrmsg. */
  private static final int FIXED_BYTES = 8;

  private static final int HOST_SCOPE = 254;

  private static final int ADDRESS = 1;
  private static final int LOCAL = 2;

  /** IFA_F_NODAD: an IPv6 address can be used at once. */
  private static final int NO_DUPLICATE_DETECTION = 2;

  private static final int DESTINATION = 1;
  private static final int HARDWARE_ADDRESS = 2;
  private static final int PERMANENT = 0x80;
  private static final int NO_ARP = 0x40;
  private static final int OF_MASTER = 4;

  private AddressMessages() {}

  static NetlinkMessage all() {
    return NetlinkMessage.dump(GET).int8(AddressFamily.ANY).int8(0).int8(0).int8(0).int32(0);
  }

  static NetlinkMessage add(LinkAddress address) {
    return describe(NetlinkMessage.create(NEW), address);
  }

  static NetlinkMessage delete(LinkAddress address) {
    return describe(NetlinkMessage.of(DELETE), address);
  }

  private static NetlinkMessage describe(NetlinkMessage message, LinkAddress address) {
    byte[] bytes = address.address().getAddress();
    message.int8(AddressFamily.of(bytes)).int8(address.length());
    message.int8(bytes.length == 16 ? NO_DUPLICATE_DETECTION : 0);
    message.int8(address.hostOnly() ? HOST_SCOPE : 0);
    return message.int32(address.link()).bytes(LOCAL, bytes).bytes(ADDRESS, bytes);
  }

  /** Empty for what has no address of this host. */
  static Optional<LinkAddress> address(ByteBuffer body) {
    Attributes attributes = new Attributes(body, FIXED_BYTES);
    InetAddress local = attributes.address(attributes.has(LOCAL) ? LOCAL : ADDRESS);
    return local == null
        ? Optional.empty()
        : Optional.of(
            new LinkAddress(
                body.getInt(4), local, body.get(1) & 0xff, (body.get(3) & 0xff) == HOST_SCOPE));
  }

  static NetlinkMessage neighbour(int link, InetAddress address, MacAddress mac) {
    byte[] bytes = address.getAddress();
    NetlinkMessage message = NetlinkMessage.replace(NEW_NEIGHBOUR);
    message.int8(AddressFamily.of(bytes)).int8(0).int16(0).int32(link);
    message.int16(PERMANENT).int8(0).int8(0);
    return message.bytes(DESTINATION, bytes).bytes(HARDWARE_ADDRESS, mac.bytes());
  }

  static NetlinkMessage forwarding(int port, MacAddress mac) {
    NetlinkMessage message = NetlinkMessage.replace(NEW_NEIGHBOUR);
    message.int8(AddressFamily.BRIDGE).int8(0).int16(0).int32(port);
    // It stays for as long as the port, and moves when the address does; a port whose link is not
    // yet running may have no other kind.
    message.int16(NO_ARP).int8(OF_MASTER).int8(0);
    return message.bytes(HARDWARE_ADDRESS, mac.bytes());
  }
}
