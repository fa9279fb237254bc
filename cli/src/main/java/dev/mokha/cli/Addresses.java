package dev.mokha.cli;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Addresses inside the ranges of a cluster, by their number. */
public final class Addresses {
  private Addresses() {}

  /**
   * The address of that number in a range.
   *
   * @param cidr such as {@code 10.43.0.0/16}
   * @param number 0 being the range's own address
   */
  public static InetAddress nth(String cidr, int number) {
    try {
      byte[] base = InetAddress.getByName(cidr.substring(0, cidr.indexOf('/'))).getAddress();
      int value = 0;
      for (byte b : base) {
        value = value << 8 | b & 0xff;
      }
      value += number;
      return InetAddress.getByAddress(
          new byte[] {
            (byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value
          });
    } catch (UnknownHostException | StringIndexOutOfBoundsException e) {
      throw new UserError(cidr + " is no range of addresses; write it like 10.42.0.0/16");
    }
  }

  /** The /24 of that number in a range of pods: one for each node, the first being number 0. */
  public static String podCidr(String clusterCidr, int number) {
    return nth(clusterCidr, number << 8).getHostAddress() + "/24";
  }
}
