package dev.mokha.linux.netlink;

import dev.mokha.linux.Errno;
import dev.mokha.linux.LinuxException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The connections that the kernel tracks in one network namespace: the one of the thread that
 * opened it.
 */
public final class Conntrack implements AutoCloseable {
  private static final int SUBSYSTEM = 1 << 8;
  private static final int GET = SUBSYSTEM | 1;
  private static final int DELETE = SUBSYSTEM | 2;
  private static final int INET = 2;
  private static final int INET6 = 10;
  private static final int DESTINATION_TRANSLATED = 1 << 5;

  private final NetlinkSocket socket = new NetlinkSocket(NetlinkSocket.NETFILTER);

  /**
   * One direction of a connection.
   *
   * @param source sender
   * @param destination receiver
   * @param protocol number, such as 17 for UDP
   * @param sourcePort the sender's
   * @param destinationPort the receiver's
   */
  public record Tuple(
      InetAddress source,
      InetAddress destination,
      int protocol,
      int sourcePort,
      int destinationPort) {}

  /**
   * A connection.
   *
   * @param original as the first packet said
   * @param reply as the answers say: its source is who really answers
   * @param destinationTranslated whether that is another one than was asked
   */
  public record Connection(Tuple original, Tuple reply, boolean destinationTranslated) {}

  /** All IPv4 connections. */
  public List<Connection> list() {
    return list(INET);
  }

  /** All IPv6 connections. */
  public List<Connection> list6() {
    return list(INET6);
  }

  private List<Connection> list(int family) {
    List<Connection> connections = new ArrayList<>();
    for (ByteBuffer body :
        socket.request(
            "list connections", header(new NetlinkMessage(GET, NetlinkMessage.DUMP), family))) {
      Attributes attributes = new Attributes(body.slice(4, body.limit() - 4));
      connections.add(
          new Connection(
              tuple(attributes.nested(1)),
              tuple(attributes.nested(2)),
              (attributes.int32Network(3) & DESTINATION_TRANSLATED) != 0));
    }
    return connections;
  }

  /** Forgets the IPv4 connections that a test picks; returns how many. */
  public int delete(Predicate<Connection> which) {
    return delete(list(), which);
  }

  /** Forgets the IPv6 connections that a test picks; returns how many. */
  public int delete6(Predicate<Connection> which) {
    return delete(list6(), which);
  }

  private int delete(List<Connection> connections, Predicate<Connection> which) {
    int deleted = 0;
    for (Connection connection : connections) {
      if (which.test(connection) && delete(connection)) {
        deleted++;
      }
    }
    return deleted;
  }

  private boolean delete(Connection connection) {
    Tuple tuple = connection.original();
    boolean six = tuple.source().getAddress().length == 16;
    NetlinkMessage message =
        header(new NetlinkMessage(DELETE, NetlinkMessage.ACK), six ? INET6 : INET);
    message.nested(
        1,
        t -> {
          t.nested(
              1,
              ip ->
                  ip.bytes(six ? 3 : 1, tuple.source().getAddress())
                      .bytes(six ? 4 : 2, tuple.destination().getAddress()));
          t.nested(
              2,
              proto ->
                  proto
                      .int8(1, tuple.protocol())
                      .bytes(2, port(tuple.sourcePort()))
                      .bytes(3, port(tuple.destinationPort())));
        });
    try {
      socket.request("forget " + tuple, message);
      return true;
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOENT) {
        return false;
      }
      throw e;
    }
  }

  /** struct nfgenmsg. */
  private static NetlinkMessage header(NetlinkMessage message, int family) {
    return message.int8(family).int8(0).int16(0);
  }

  private static Tuple tuple(Attributes attributes) {
    Attributes ip = attributes.nested(1);
    Attributes protocol = attributes.nested(2);
    return new Tuple(
        ip.address(ip.has(3) ? 3 : 1),
        ip.address(ip.has(4) ? 4 : 2),
        protocol.int8(1),
        protocol.port(2),
        protocol.port(3));
  }

  private static byte[] port(int port) {
    return new byte[] {(byte) (port >> 8), (byte) port};
  }

  @Override
  public void close() {
    socket.close();
  }
}
