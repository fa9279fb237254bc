package dev.mokha.cli;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/** What {@code --docker-socket} takes: a path, or {@code tcp://ADDRESS:PORT} for TLS. */
public final class DockerSocket {
  private static final String TCP = "tcp://";

  private DockerSocket() {}

  /** Whether it is a TCP port. */
  public static boolean isTls(String socket) {
    return socket.startsWith(TCP);
  }

  /**
   * Where TLS is to be answered.
   *
   * @throws UserError when one is no address with a port, or there are two
   */
  public static Optional<InetSocketAddress> tls(List<String> sockets) {
    List<String> ports = sockets.stream().filter(DockerSocket::isTls).toList();
    if (ports.size() > 1) {
      throw new UserError("--docker-socket takes one tcp:// address; there are " + ports.size());
    }
    return ports.stream().findFirst().map(DockerSocket::parse);
  }

  private static InetSocketAddress parse(String socket) {
    try {
      URI uri = URI.create(socket);
      if (uri.getHost() != null && uri.getPort() > 0) {
        return new InetSocketAddress(InetAddress.ofLiteral(uri.getHost()), uri.getPort());
      }
    } catch (IllegalArgumentException e) {
      throw refusal(socket, e);
    }
    throw refusal(socket, null);
  }

  private static UserError refusal(String socket, Exception cause) {
    UserError error =
        new UserError(
            "--docker-socket must be a path or an address with a port, such as"
                + " tcp://10.0.0.1:2376; not "
                + socket);
    if (cause != null) {
      error.initCause(cause);
    }
    return error;
  }
}
