package dev.mokha.linux.netlink;

import java.util.List;

/**
 * A link as the kernel shows it.
 *
 * @param index its number
 * @param name such as {@code eth0}
 * @param kind such as {@code veth}; empty for devices
 * @param up whether it is administratively up
 * @param mtu bytes of its largest packet
 * @param mac hardware address
 * @param alias free text; empty for none
 * @param master index of the bridge it is in; 0 for none
 */
public record Link(
    int index,
    String name,
    String kind,
    boolean up,
    int mtu,
    MacAddress mac,
    String alias,
    int master) {

  /**
   * A veth pair to make; its second end comes into being in the other namespace.
   *
   * @param name of the first end
   * @param mac of the first end
   * @param peerName of the second end
   * @param peerMac of the second end
   * @param mtu of both
   */
  public record VethPair(
      String name, MacAddress mac, String peerName, MacAddress peerMac, int mtu) {}

  /**
   * What a link has received (rx) and sent (tx).
   *
   * @param rxBytes bytes
   * @param rxPackets packets
   * @param rxErrors packets that came broken
   * @param rxDropped packets there was no room for
   * @param txBytes bytes
   * @param txPackets packets
   * @param txErrors packets that could not be sent
   * @param txDropped packets there was no room for
   */
  public record Counters(
      long rxBytes,
      long rxPackets,
      long rxErrors,
      long rxDropped,
      long txBytes,
      long txPackets,
      long txErrors,
      long txDropped) {}

  /**
   * Per-link settings of IPv4, as in /proc/sys/net/ipv4/conf/LINK.
   *
   * @param setting which
   * @param value the value
   */
  public record Ipv4Setting(Ipv4Conf setting, int value) {}

  /** Which settings there are; the numbers are IPV4_DEVCONF_* of linux/ip.h. */
  public enum Ipv4Conf {
    /** Whether it forwards. */
    FORWARDING(1),
    /** Whether it answers ARP for addresses that are routed elsewhere. */
    PROXY_ARP(3),
    /** Whether it heeds redirects. */
    ACCEPT_REDIRECTS(4),
    /** Whether it sends redirects. */
    SEND_REDIRECTS(6),
    /** Whether a packet's source must be routed back through it: 0 no, 1 strictly, 2 somehow. */
    RP_FILTER(8),
    /** Whether it tells its neighbours when it comes up or changes its hardware address. */
    ARP_NOTIFY(22),
    /** Whether 127.0.0.0/8 may pass it. */
    ROUTE_LOCALNET(26);

    private final int number;

    Ipv4Conf(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }
  }

  /**
   * What to change of a link.
   *
   * @param up whether it is to be up
   * @param alias free text to show with it; empty to leave what is there
   * @param noLinkLocal whether it gets no IPv6 link-local address
   * @param ipv4 settings
   */
  public record Change(boolean up, String alias, boolean noLinkLocal, List<Ipv4Setting> ipv4) {
    /** Nothing but up. */
    public static final Change UP = new Change(true, "", false, List.of());
  }
}
