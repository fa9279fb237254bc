package dev.mokha.engineclient.http;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** Where an engine listens. */
public sealed interface Endpoint {
  /** Opens a connection. */
  Wire connect() throws IOException;

  /** What the Host header says. */
  String host();

  /**
   * What {@code DOCKER_HOST} means: {@code unix:///path}, {@code tcp://host:port}.
   *
   * @param tls for {@code tcp}; empty for a plain connection, which only loopback should be
   */
  static Endpoint of(URI address, Optional<SSLContext> tls) {
    return switch (String.valueOf(address.getScheme())) {
      case "unix" -> new Local(Path.of(address.getPath()));
      case "tcp", "http", "https" ->
          new Remote(
              address.getHost(),
              address.getPort() > 0 ? address.getPort() : tls.isPresent() ? 2376 : 2375,
              tls);
      default ->
          throw new IllegalArgumentException(
              "An engine's address begins with unix:// or tcp://, not " + address);
    };
  }

  /** A Unix socket. */
  record Local(Path socket) implements Endpoint {
    /** Refuses nulls. */
    public Local {
      requireNonNull(socket, "socket");
    }

    @Override
    public Wire connect() throws IOException {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      try {
        channel.connect(UnixDomainSocketAddress.of(socket));
        return Wire.of(channel);
      } catch (IOException e) {
        channel.close();
        throw new IOException("Can't connect to " + socket + ": " + e.getMessage(), e);
      }
    }

    @Override
    public String host() {
      return "localhost";
    }
  }

  /** A TCP port. */
  record Remote(String name, int port, Optional<SSLContext> tls) implements Endpoint {
    /** Refuses nulls. */
    public Remote {
      requireNonNull(name, "name");
      requireNonNull(tls, "tls");
    }

    @Override
    public Wire connect() throws IOException {
      if (tls.isEmpty()) {
        SocketChannel channel = SocketChannel.open();
        try {
          channel.connect(new InetSocketAddress(name, port));
          return Wire.of(channel);
        } catch (IOException e) {
          channel.close();
          throw e;
        }
      }
      SSLSocket socket = (SSLSocket) tls.get().getSocketFactory().createSocket(name, port);
      try {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return Wire.of(socket);
      } catch (IOException e) {
        socket.close();
        throw e;
      }
    }

    @Override
    public String host() {
      return name + ":" + port;
    }
  }
}
