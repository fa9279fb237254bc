package dev.mokha.node.http;

import dev.mokha.linux.LinuxException;
import dev.mokha.linux.Namespaces;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Connections that are made inside another network namespace; a socket stays where it was made. */
final class NamespaceSockets {
  private NamespaceSockets() {}

  /**
   * Connects.
   *
   * @param namespace empty for this process's own
   */
  static Socket connect(Optional<Path> namespace, InetSocketAddress target, int millis)
      throws IOException {
    Socket socket = namespace.isEmpty() ? SocketChannel.open().socket() : create(namespace.get());
    try {
      socket.connect(target, millis);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  // A channel's socket has its descriptor from the beginning, a plain Socket only when it connects.
  private static Socket create(Path namespace) throws IOException {
    try {
      return Namespaces.call(
          Map.of(Namespaces.Kind.NET, namespace), () -> SocketChannel.open().socket());
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (LinuxException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
