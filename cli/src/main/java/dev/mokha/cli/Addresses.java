package dev.mokha.cli;

import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Optional;

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

  /** The address by which other machines, or else other nodes of this one, reach the server. */
  public static String advertised(Settings settings) {
    try {
      InetAddress listen = InetAddress.getByName(settings.listenHost());
      if (listen.isLoopbackAddress()) {
        return settings.nodeAddress(1).getHostAddress();
      }
      if (!listen.isAnyLocalAddress()) {
        return listen.getHostAddress();
      }
    } catch (UnknownHostException e) {
      throw new UserError(settings.listenHost() + " is no address of this machine");
    }
    return towards("192.0.2.1", 9)
        .filter(a -> !a.isAnyLocalAddress())
        .orElseGet(() -> settings.nodeAddress(1))
        .getHostAddress();
  }

  /** The own address that packets to that host would carry; nothing is sent. */
  public static Optional<InetAddress> towards(String host, int port) {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(host, port));
      return Optional.of(socket.getLocalAddress());
    } catch (SocketException | UncheckedIOException e) {
      return Optional.empty();
    }
  }
}
