package dev.mokha.docker.logging;

import java.net.InetSocketAddress;

/**
 * Where a receiver is: {@code tcp://host:514}, {@code unix:///path}.
 *
 * @param scheme before the colon; empty when there is none
 * @param host or path, of a Unix socket
 * @param port 0 when none is said
 * @param path what follows the host
 */
record ReceiverAddress(String scheme, String host, int port, String path) {
  static ReceiverAddress parse(String text, int defaultPort) {
    int colon = text.indexOf("://");
    if (colon < 0) {
      return new ReceiverAddress("", text, defaultPort, "");
    }
    String scheme = text.substring(0, colon);
    String rest = text.substring(colon + 3);
    if (scheme.startsWith("unix")) {
      return new ReceiverAddress(scheme, rest, 0, "");
    }
    int slash = rest.indexOf('/');
    String path = slash < 0 ? "" : rest.substring(slash);
    String authority = slash < 0 ? rest : rest.substring(0, slash);
    int bracket = authority.lastIndexOf(']');
    int at = authority.lastIndexOf(':');
    boolean hasPort = at > bracket;
    String host = hasPort ? authority.substring(0, at) : authority;
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    int port = defaultPort;
    if (hasPort && at < authority.length() - 1) {
      try {
        port = Integer.parseInt(authority.substring(at + 1));
      } catch (NumberFormatException e) {
        port = -1;
      }
    }
    return new ReceiverAddress(scheme, host, port < 0 || port > 65535 ? -1 : port, path);
  }

  boolean isUnix() {
    return scheme.startsWith("unix");
  }

  /** Looked up anew each time. */
  InetSocketAddress resolve() {
    return new InetSocketAddress(host.isEmpty() ? "127.0.0.1" : host, port);
  }

  @Override
  public String toString() {
    return isUnix() ? scheme + "://" + host : scheme + "://" + host + ":" + port;
  }
}
