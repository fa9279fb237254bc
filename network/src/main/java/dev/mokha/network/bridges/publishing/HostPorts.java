package dev.mokha.network.bridges.publishing;

import static java.util.Objects.requireNonNull;

import dev.mokha.network.bridges.NetworkException;
import dev.mokha.network.bridges.NetworkException.Reason;
import dev.mokha.network.bridges.addressing.Subnet;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The host's ports that are published. A port of all addresses and the same port of one address
 * exclude each other.
 *
 * <p>A TCP or UDP port is held by a socket. A socket for all IPv6 addresses holds IPv4's too, as
 * Java's always do: where both families are published, they share one. An SCTP port is only noted
 * down: Java has no sockets for it.
 *
 * <p>Safe for many threads. Sockets are opened in the namespace of the caller's thread.
 */
public final class HostPorts implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HostPorts.class);
  private static final int FIRST_DYNAMIC = 49153;
  private static final int LAST = 65535;
  private static final int BACKLOG = 128;

  private final PortRelay relay;
  private final Map<Key, Hold> holds = new HashMap<>();
  private final Map<Shared, Wildcard> wildcards = new HashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private int nextDynamic = FIRST_DYNAMIC;

  /** Holds ports; what comes to the sockets is relayed. */
  public HostPorts(PortRelay relay) {
    this.relay = requireNonNull(relay, "relay");
  }

  private record Key(String protocol, InetAddress address, int port) {
    Shared shared() {
      return new Shared(protocol, port);
    }
  }

  private record Shared(String protocol, int port) {}

  /** The socket of all addresses, for one family or both. */
  private static final class Wildcard {
    private NetworkChannel socket;
    private boolean six;
    private int users;
  }

  /** One address's port, held until it is closed. */
  public final class Hold implements AutoCloseable {
    private final Key key;
    private final NetworkChannel own;

    private Hold(Key key, NetworkChannel own) {
      this.key = key;
      this.own = own;
    }

    /** Its address. */
    public InetAddress address() {
      return key.address();
    }

    /** Its port. */
    public int port() {
      return key.port();
    }

    @Override
    public void close() {
      lock.lock();
      try {
        if (!holds.remove(key, this)) {
          return;
        }
        release(own);
        Wildcard wildcard = own == null ? wildcards.get(key.shared()) : null;
        if (wildcard != null && --wildcard.users == 0) {
          wildcards.remove(key.shared());
          release(wildcard.socket);
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /**
   * Takes one port on all of these addresses; all of IPv6 comes best before all of IPv4.
   *
   * @param first 0 for any from 49153 on
   * @param last the end of the range of which the first free port is taken
   * @param inside whom it is for, as errors name it: {@code 172.17.0.2:80}
   * @param target where connections go that come to the sockets
   */
  public List<Hold> take(
      String protocol,
      List<InetAddress> addresses,
      int first,
      int last,
      String inside,
      Supplier<Optional<InetSocketAddress>> target) {
    lock.lock();
    try {
      if (first == 0) {
        return takeAny(protocol, addresses, inside, target);
      }
      NetworkException refused = null;
      for (int port = first; port <= Math.max(first, last); port++) {
        try {
          return takeThat(protocol, addresses, port, inside, target);
        } catch (NetworkException e) {
          refused = e;
        }
      }
      throw last > first
          ? new NetworkException(Reason.UNAVAILABLE, "all ports are allocated", refused)
          : refused;
    } finally {
      lock.unlock();
    }
  }

  private List<Hold> takeAny(
      String protocol,
      List<InetAddress> addresses,
      String inside,
      Supplier<Optional<InetSocketAddress>> target) {
    for (int tries = FIRST_DYNAMIC; tries <= LAST; tries++) {
      int port = nextDynamic;
      nextDynamic = port == LAST ? FIRST_DYNAMIC : port + 1;
      try {
        return takeThat(protocol, addresses, port, inside, target);
      } catch (NetworkException e) {
        LOG.debug("The port {} is not free: {}", port, e.getMessage());
      }
    }
    throw new NetworkException(Reason.UNAVAILABLE, "all ports are allocated");
  }

  private List<Hold> takeThat(
      String protocol,
      List<InetAddress> addresses,
      int port,
      String inside,
      Supplier<Optional<InetSocketAddress>> target) {
    addresses.forEach(address -> check(new Key(protocol, address, port)));
    List<Hold> taken = new ArrayList<>();
    try {
      for (InetAddress address : addresses) {
        Key key = new Key(protocol, address, port);
        Hold hold = new Hold(key, open(key, inside, target));
        holds.put(key, hold);
        taken.add(hold);
      }
      relay.wakeup();
      return taken;
    } catch (RuntimeException e) {
      taken.forEach(Hold::close);
      throw e;
    }
  }

  private void check(Key wanted) {
    for (Key key : holds.keySet()) {
      if (key.port() == wanted.port()
          && key.protocol().equals(wanted.protocol())
          && key.address().getAddress().length == wanted.address().getAddress().length
          && (key.address().equals(wanted.address())
              || key.address().isAnyLocalAddress()
              || wanted.address().isAnyLocalAddress())) {
        throw new NetworkException(
            Reason.UNAVAILABLE,
            "Bind for "
                + withPort(key.address(), key.port())
                + " failed: port is already allocated");
      }
    }
  }

  /** The socket of this key alone; null where it has none or shares one. */
  private NetworkChannel open(
      Key key, String inside, Supplier<Optional<InetSocketAddress>> target) {
    if (key.protocol().equals("sctp")) {
      return null;
    }
    try {
      if (!key.address().isAnyLocalAddress()) {
        return listen(key, target);
      }
      boolean six = key.address().getAddress().length == 16;
      Wildcard wildcard = wildcards.computeIfAbsent(key.shared(), k -> new Wildcard());
      try {
        if (six && !wildcard.six) {
          // The socket of IPv4 alone is in the way of the one for both.
          release(wildcard.socket);
          wildcard.socket = listen(key, target);
          wildcard.six = true;
        } else if (wildcard.socket == null) {
          wildcard.socket = listen(key, target);
        }
        wildcard.users++;
        return null;
      } finally {
        if (wildcard.users == 0) {
          wildcards.remove(key.shared());
        }
      }
    } catch (IOException e) {
      throw new NetworkException(
          Reason.UNAVAILABLE,
          "failed to bind host port for "
              + withPort(key.address(), key.port())
              + ":"
              + inside
              + "/"
              + key.protocol()
              + ": "
              + cause(e),
          e);
    }
  }

  private NetworkChannel listen(Key key, Supplier<Optional<InetSocketAddress>> target)
      throws IOException {
    StandardProtocolFamily family =
        key.address().getAddress().length == 4
            ? StandardProtocolFamily.INET
            : StandardProtocolFamily.INET6;
    InetSocketAddress place = new InetSocketAddress(key.address(), key.port());
    if (key.protocol().equals("udp")) {
      DatagramChannel channel = DatagramChannel.open(family);
      try {
        channel.bind(place);
        relay.relay(channel, target);
        return channel;
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    }
    ServerSocketChannel channel = ServerSocketChannel.open(family);
    try {
      // Connections of an earlier holder that still end are no hindrance; one that listens is.
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.bind(place, BACKLOG);
      relay.relay(channel, target);
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static String cause(IOException e) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    return e instanceof BindException
            && message.toLowerCase(Locale.ROOT).contains("address already in use")
        ? "address already in use"
        : message.toLowerCase(Locale.ROOT);
  }

  /** An address and a port as people write them. */
  public static String withPort(InetAddress address, int port) {
    String text = Subnet.text(address);
    return (text.indexOf(':') >= 0 ? "[" + text + "]" : text) + ":" + port;
  }

  private void release(NetworkChannel channel) {
    if (channel instanceof SelectableChannel selectable) {
      relay.release(selectable);
    }
  }

  /** Lets all ports go. */
  @Override
  public void close() {
    lock.lock();
    try {
      List.copyOf(holds.values()).forEach(Hold::close);
    } finally {
      lock.unlock();
    }
  }
}
