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
    InputStream in = Channels.newInputStream(channel);
    OutputStream out = Channels.newOutputStream(channel);
    return new Wire() {
      @Override
      public InputStream in() {
        return in;
      }

      @Override
      public OutputStream out() {
        return out;
      }

      @Override
      public void shutdownOutput() throws IOException {
        channel.shutdownOutput();
      }

      @Override
      public void close() throws IOException {
        channel.close();
      }
    };
  }

  /** Over a socket. */
  static Wire of(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    OutputStream out = socket.getOutputStream();
    return new Wire() {
      @Override
      public InputStream in() {
        return in;
      }

      @Override
      public OutputStream out() {
        return out;
      }

      @Override
      public void shutdownOutput() throws IOException {
        socket.shutdownOutput();
      }

      @Override
      public void close() throws IOException {
        socket.close();
      }
    };
  }
}
