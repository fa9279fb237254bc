package dev.mokha.engineclient.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;

/** A connection as two streams, of which the outgoing one can end before the other. */
public interface Wire extends AutoCloseable {
  /** What comes. */
  InputStream in();

  /** What goes. */
  OutputStream out();

  /** Says that nothing more will go; what comes still comes. */
  void shutdownOutput() throws IOException;

  @Override
  void close() throws IOException;

  /** Over a channel. */
  static Wire of(SocketChannel channel) {
    return new Streams(
        Channels.newInputStream(channel),
        Channels.newOutputStream(channel),
        channel::shutdownOutput,
        channel::close);
  }

  /** Over a socket. */
  static Wire of(Socket socket) throws IOException {
    return new Streams(
        socket.getInputStream(), socket.getOutputStream(), socket::shutdownOutput, socket::close);
  }
}
