package dev.mokha.network.bridges;

import static java.util.Objects.requireNonNull;

import dev.mokha.network.bridges.sandboxes.SandboxLinks;
import dev.mokha.network.dns.Way;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Callable;

/**
 * How a sandbox's own name servers ({@code --dns}) are asked: those on a loopback address are the
 * container's, as they are for a container in the default network, and never the host's.
 */
final class OwnLoopback implements Way {
  private final SandboxLinks links;
  private final SandboxState state;

  OwnLoopback(SandboxLinks links, SandboxState state) {
    this.links = requireNonNull(links, "links");
    this.state = requireNonNull(state, "state");
  }

  @Override
  public DatagramChannel datagrams(InetSocketAddress server) throws IOException {
    return isOwn(server) ? inside(DatagramChannel::open) : HERE.datagrams(server);
  }

  @Override
  public SocketChannel stream(InetSocketAddress server) throws IOException {
    return isOwn(server) ? inside(SocketChannel::open) : HERE.stream(server);
  }

  private boolean isOwn(InetSocketAddress server) {
    return server.getAddress().isLoopbackAddress() && !state.record().nameservers().isEmpty();
  }

  private <T> T inside(Callable<T> open) throws IOException {
    try {
      return links.enter(state.id(), open);
    } catch (RuntimeException e) {
      throw new IOException("The container's namespace can't be entered", e);
    }
  }
}
