package dev.mokha.docker.http;

import static java.util.Objects.requireNonNull;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Listens on Unix sockets and, if asked to, on TLS, and gives each connection a virtual thread. */
public final class DockerServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DockerServer.class);
  private static final int BACKLOG = 1024;

  private final Router router;
  private final List<AutoCloseable> listeners = new ArrayList<>();
  private final List<Path> files = new ArrayList<>();
  private final Set<Wire> wires = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * Where to listen with TLS; clients must show a certificate.
   *
   * @param address address and port; port 0 for any
   * @param certificate PEM file, the server's chain
   * @param key PEM file, its PKCS #8 key
   * @param clientCa PEM file, who may sign clients' certificates
   */
  public record Tls(InetSocketAddress address, Path certificate, Path key, Path clientCa) {}

  /** A server that does not listen yet. */
  public DockerServer(Router router) {
    this.router = requireNonNull(router);
  }

  /**
   * Listens on a Unix socket. One that a dead process left is taken over.
   *
   * @throws IOException when a living process listens there, or the path can't be used
   */
  public void listen(Path path) throws IOException {
    takeOver(path);
    Files.createDirectories(path.toAbsolutePath().getParent());
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listeners.add(channel);
    channel.bind(UnixDomainSocketAddress.of(path), BACKLOG);
    files.add(path);
    Files.setPosixFilePermissions(
        path, PosixFilePermissions.fromString(router.open() ? "rw-rw-rw-" : "rw-rw----"));
    Thread.ofVirtual()
        .name("docker-accept")
        .start(() -> accept(() -> unix(channel.accept()), path.toString()));
  }

  private static void takeOver(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.connect(UnixDomainSocketAddress.of(path));
    } catch (SocketException nobody) {
      Files.delete(path);
      return;
    }
    throw new IOException(
        "Another process listens on " + path + "; stop it, or name another socket");
  }

  /**
   * Listens with TLS.
   *
   * @return the port
   * @throws IOException when the address is in use, or a certificate can't be read
   */
  public int listen(Tls tls) throws IOException {
    JdkSslContext context =
        (JdkSslContext)
            SslContextBuilder.forServer(tls.certificate().toFile(), tls.key().toFile())
                .sslProvider(SslProvider.JDK)
                .trustManager(tls.clientCa().toFile())
                .clientAuth(ClientAuth.REQUIRE)
                .build();
    ServerSocket socket =
        context
            .context()
            .getServerSocketFactory()
            .createServerSocket(tls.address().getPort(), BACKLOG, tls.address().getAddress());
    listeners.add(socket);
    ((SSLServerSocket) socket).setNeedClientAuth(true);
    Thread.ofVirtual()
        .name("docker-accept")
        .start(
            () ->
                accept(
                    () -> {
                      SSLSocket accepted = (SSLSocket) socket.accept();
                      return opening(() -> new TlsWire(accepted), accepted);
                    },
                    tls.address().toString()));
    return socket.getLocalPort();
  }

  private static Opening unix(SocketChannel accepted) {
    return opening(() -> new UnixWire(accepted), accepted);
  }

  /** Gives the socket back when it can't be made a connection. */
  private static Opening opening(Opening opening, java.io.Closeable socket) {
    return () -> {
      try {
        return opening.open();
      } catch (IOException | RuntimeException e) {
        socket.close();
        throw e;
      }
    };
  }

  private interface Accepting {
    Opening accept() throws IOException;
  }

  /** What makes a connection usable; may take its time, so not on the accepting thread. */
  private interface Opening {
    Wire open() throws IOException;
  }

  private void accept(Accepting listener, String name) {
    while (!closed) {
      try {
        Opening opening = listener.accept();
        Thread.ofVirtual().name("docker-connection").start(() -> serve(opening));
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        if (!closed) {
          log.warn("A connection to {} can't be accepted: {}", name, e.getMessage());
          rest();
        }
      }
    }
  }

  /** Where descriptors have run out, asking again at once would only burn the processor. */
  private static void rest() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void serve(Opening opening) {
    try (Wire wire = opening.open()) {
      wires.add(wire);
      try {
        if (!closed) {
          new HttpConnection(wire, router).serve();
        }
      } finally {
        wires.remove(wire);
      }
    } catch (IOException e) {
      log.debug("A connection was not made: {}", e.getMessage());
    }
  }

  /** Listens no more and ends all connections. */
  @Override
  public void close() {
    closed = true;
    for (AutoCloseable listener : listeners) {
      try {
        listener.close();
      } catch (Exception e) {
        log.debug("A listener did not close: {}", e.getMessage());
      }
    }
    for (Path file : files) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        log.warn("{} can't be removed: {}", file, e.getMessage());
      }
    }
    wires.forEach(Wire::close);
  }
}
