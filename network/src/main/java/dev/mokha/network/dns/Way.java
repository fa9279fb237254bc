package dev.mokha.network.dns;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;

/**
 * From where other servers are asked. A socket belongs for good to the network namespace of the
 * thread that opened it; who asks from inside a container opens it there.
 */
public interface Way {
  /** From the namespace of whoever asks. */
  Way HERE =
      new Way() {
        @Override
        public DatagramChannel datagrams(InetSocketAddress server) throws IOException {
          return DatagramChannel.open();
        }

        @Override
        public SocketChannel stream(InetSocketAddress server) throws IOException {
          return SocketChannel.open();
        }
      };

  /** A socket for datagrams to a server, not connected yet. */
  DatagramChannel datagrams(InetSocketAddress server) throws IOException;

  /** A socket for a stream to a server, not connected yet. */
  SocketChannel stream(InetSocketAddress server) throws IOException;
}
