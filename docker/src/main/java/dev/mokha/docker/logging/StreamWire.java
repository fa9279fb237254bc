package dev.mokha.docker.logging;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * A connection to a receiver that takes a stream: TCP, TLS or a Unix socket. It is made when
 * something is sent, and made again after it was lost.
 */
final class StreamWire implements AutoCloseable {
  private static final int CONNECT_MILLIS = 3_000;

  private final ReceiverAddress address;
  private final Optional<SSLContext> tls;
  private final boolean checkName;
  private final Duration patience;
  private Socket socket;
  private SocketChannel channel;
  private OutputStream out;
  private InputStream in;

  /**
   * One that is not connected yet.
   *
   * @param tls empty for none
   * @param checkName whether the certificate must be the host's
   * @param patience how long an answer may take; zero for ever
   */
  StreamWire(
      ReceiverAddress address, Optional<SSLContext> tls, boolean checkName, Duration patience) {
    this.address = address;
    this.tls = tls;
    this.checkName = checkName;
    this.patience = patience;
  }

  /** Connects, if it is not connected. */
  void connect() throws IOException {
    if (out != null) {
      return;
    }
    try {
      if (address.isUnix()) {
        channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(Path.of(address.host())));
        out = Channels.newOutputStream(channel);
        in = Channels.newInputStream(channel);
        return;
      }
      channel = SocketChannel.open();
      socket = channel.socket();
      socket.connect(address.resolve(), CONNECT_MILLIS);
      socket.setTcpNoDelay(true);
      socket.setKeepAlive(true);
      socket.setSoTimeout((int) patience.toMillis());
      if (tls.isPresent()) {
        SSLSocket secured =
            (SSLSocket)
                tls.get()
                    .getSocketFactory()
                    .createSocket(socket, address.host(), address.port(), true);
        socket = secured;
        if (checkName) {
          SSLParameters parameters = secured.getSSLParameters();
          parameters.setEndpointIdentificationAlgorithm("HTTPS");
          secured.setSSLParameters(parameters);
        }
        secured.startHandshake();
      }
      out = socket.getOutputStream();
      in = socket.getInputStream();
    } catch (IOException | RuntimeException e) {
      close();
      throw new IOException("dial " + address + ": " + e.getMessage(), e);
    }
  }

  /**
   * Sends all of it.
   *
   * @throws IOException when the other side is gone; the connection is closed then
   */
  void send(byte[] bytes) throws IOException {
    connect();
    try {
      if (isEnded()) {
        throw new IOException("the receiver has closed the connection");
      }
      out.write(bytes);
      out.flush();
    } catch (IOException e) {
      close();
      throw new IOException("write " + address + ": " + e.getMessage(), e);
    }
  }

  /**
   * Whether the receiver has ended the connection: the kernel would still take a line, and nobody
   * would read it. A receiver that sends nothing has nothing waiting but its end.
   */
  private boolean isEnded() throws IOException {
    if (socket instanceof SSLSocket) {
      return false; // what waits is the protocol's own, and not ours to read
    }
    channel.configureBlocking(false);
    try {
      return channel.read(ByteBuffer.allocate(1)) < 0;
    } finally {
      channel.configureBlocking(true);
    }
  }

  /** What the receiver answers. */
  InputStream answers() {
    return in;
  }

  /** Ends the connection, if there is one. */
  @Override
  public void close() {
    try {
      if (socket != null) {
        socket.close();
      }
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // It is gone then.
    }
    socket = null;
    channel = null;
    out = null;
    in = null;
  }
}
