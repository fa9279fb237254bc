package dev.mokha.network.bridges.naming;

import static java.util.Objects.requireNonNull;

import dev.mokha.linux.nftables.Nftables;
import dev.mokha.network.dns.AnswerCache;
import dev.mokha.network.dns.Conversation;
import dev.mokha.network.dns.Forwarder;
import dev.mokha.network.dns.Responder;
import dev.mokha.network.dns.Way;
import dev.mokha.network.ends.Ends;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers at 127.0.0.11, port 53, in every sandbox that wants it, with one thread for all: a
 * sandbox costs two sockets and a few rules. Those are opened by {@link Sockets#open} on a thread
 * inside the sandbox's namespace; what is asked upstream is asked from the host, but for servers on
 * a loopback address that the container was given as its own. Streams have a thread each while they
 * last.
 */
public final class NameServer implements AutoCloseable {
  /** Where it answers. */
  public static final InetAddress ADDRESS = InetAddress.ofLiteral("127.0.0.11");

  private static final Logger LOG = LoggerFactory.getLogger(NameServer.class);
  private static final String TABLE = "ip mokha-names";
  private static final int MOST_STREAMS = 64;
  private static final int BACKLOG = 16;
  private static final Duration PATIENCE = Duration.ofSeconds(4);

  private final Selector selector;
  private final Forwarder forwarder;
  private final Thread thread;
  private final ThreadPoolExecutor streamThreads =
      new ThreadPoolExecutor(
          0,
          MOST_STREAMS,
          5,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          Thread.ofPlatform().name("container-dns-stream-", 0).daemon().factory());

  /** Starts its thread; call it in the host's namespace. */
  public NameServer() {
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("Can't open a selector for containers' names", e);
    }
    forwarder = new Forwarder(PATIENCE);
    thread = Thread.ofPlatform().name("container-dns").daemon().start(this::serve);
  }

  /** A sandbox's sockets. */
  public static final class Sockets implements AutoCloseable {
    private final DatagramChannel datagrams;
    private final ServerSocketChannel streams;

    private Sockets(DatagramChannel datagrams, ServerSocketChannel streams) {
      this.datagrams = datagrams;
      this.streams = streams;
    }

    /**
     * Opens them: call it on a thread inside the namespace, where the loopback link is up.
     *
     * <p>They have ports of chance, so that a name server may run in the container; two rules in
     * the namespace change the port of what is asked, and of the answers. That needs no tracking of
     * connections, which would slow down all that the container sends.
     */
    public static Sockets open() throws IOException {
      DatagramChannel datagrams = DatagramChannel.open(StandardProtocolFamily.INET);
      ServerSocketChannel streams = null;
      try {
        datagrams.bind(new InetSocketAddress(ADDRESS, 0));
        datagrams.configureBlocking(false);
        streams = ServerSocketChannel.open(StandardProtocolFamily.INET);
        streams.bind(new InetSocketAddress(ADDRESS, 0), BACKLOG);
        streams.configureBlocking(false);
        try (Nftables nftables = new Nftables()) {
          nftables.run(rules(port(datagrams), port(streams)));
        }
        return new Sockets(datagrams, streams);
      } catch (IOException | RuntimeException e) {
        Ends.close(datagrams);
        Ends.close(streams);
        throw e;
      }
    }

    private static int port(NetworkChannel channel) throws IOException {
      return ((InetSocketAddress) channel.getLocalAddress()).getPort();
    }

    /** Before connections are tracked, should the container have rules of its own for that. */
    private static String rules(int udp, int tcp) {
      String chain = TABLE + " local";
      String here = "ip daddr " + ADDRESS.getHostAddress();
      String back = "ip saddr " + ADDRESS.getHostAddress();
      return String.join(
          "\n",
          "add table " + TABLE,
          "add chain " + chain + " { type filter hook output priority -400; }",
          "flush chain " + chain,
          "add rule " + chain + " oif != lo accept",
          "add rule " + chain + ' ' + here + " udp dport 53 udp dport set " + udp,
          "add rule " + chain + ' ' + here + " tcp dport 53 tcp dport set " + tcp,
          "add rule " + chain + ' ' + back + " udp sport " + udp + " udp sport set 53",
          "add rule " + chain + ' ' + back + " tcp sport " + tcp + " tcp sport set 53");
    }

    @Override
    public void close() {
      Ends.close(datagrams);
      Ends.close(streams);
    }
  }

  /** A sandbox that is answered. */
  public final class Listener implements AutoCloseable {
    private final Sockets sockets;
    private final Conversation conversation;

    private Listener(Sockets sockets, SandboxNames names, Way way) {
      this.sockets = requireNonNull(sockets, "sockets");
      // Nothing is kept: a container may be told another server's answer after docker network
      // connect, and those servers keep theirs.
      Responder responder = new Responder(names, new AnswerCache(0, System::nanoTime));
      this.conversation = new Conversation(responder, forwarder, selector, names::upstream, way);
    }

    @Override
    public void close() {
      sockets.close();
      // The selector lets go of closed sockets when it next looks.
      selector.wakeup();
    }
  }

  /**
   * Answers what comes to a sandbox's sockets, until the listener is closed, and they with it.
   *
   * @param way from where other servers are asked
   */
  public Listener listen(Sockets sockets, SandboxNames names, Way way) {
    Listener listener = new Listener(sockets, names, way);
    try {
      sockets.datagrams.register(selector, SelectionKey.OP_READ, listener);
      sockets.streams.register(selector, SelectionKey.OP_ACCEPT, listener);
    } catch (ClosedChannelException e) {
      sockets.close();
      throw new IllegalStateException("The sandbox's sockets are closed", e);
    }
    selector.wakeup();
    return listener;
  }

  // Datagrams.

  private void serve() {
    ByteBuffer buffer = ByteBuffer.allocate(Conversation.MOST_BYTES);
    while (selector.isOpen()) {
      try {
        selector.select(forwarder.nextExpiryMillis());
        for (SelectionKey key : selector.selectedKeys()) {
          handle(key, buffer);
        }
        selector.selectedKeys().clear();
        forwarder.expire(selector);
      } catch (ClosedSelectorException e) {
        return;
      } catch (IOException | RuntimeException e) {
        LOG.warn("A container's question for a name could not be served", e);
      }
    }
  }

  private void handle(SelectionKey key, ByteBuffer buffer) {
    try {
      if (key.attachment() instanceof Listener listener) {
        if (!key.isValid()) {
          return;
        }
        if (key.isReadable()) {
          listener.conversation.receiveAll(listener.sockets.datagrams, buffer);
        } else if (key.isAcceptable()) {
          acceptAll(listener);
        }
      } else if (key.isValid()) {
        forwarder.handle(selector, key);
      }
    } catch (ClosedChannelException | java.nio.channels.CancelledKeyException e) {
      LOG.debug("A sandbox went while it asked");
    } catch (IOException e) {
      LOG.debug("A socket of a sandbox failed: {}", e.getMessage());
    }
  }

  // Streams.

  private void acceptAll(Listener listener) throws IOException {
    SocketChannel client;
    while ((client = listener.sockets.streams.accept()) != null) {
      SocketChannel accepted = client;
      try {
        streamThreads.execute(() -> serveStream(listener, accepted));
      } catch (RejectedExecutionException e) {
        Ends.close(accepted);
      }
    }
  }

  private static void serveStream(Listener listener, SocketChannel client) {
    try (client) {
      client.configureBlocking(true);
      listener.conversation.serveStream(client.socket());
    } catch (IOException | RuntimeException e) {
      LOG.debug("A container's DNS connection ended: {}", e.getMessage());
    }
  }

  @Override
  public void close() {
    for (SelectionKey key : List.copyOf(selector.keys())) {
      Ends.close(key.channel());
    }
    Ends.close(selector);
    streamThreads.shutdownNow();
    Ends.join(thread);
  }
}
