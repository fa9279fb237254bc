package dev.mokha.network.dns;

import static java.util.Objects.requireNonNull;

import dev.mokha.network.ends.Ends;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A DNS server over UDP and TCP (RFC 1035, RFC 7766) with EDNS (RFC 6891).
 *
 * <p>Datagrams have one thread: names of the cluster are answered at once, other names are asked
 * upstream without waiting. Streams have a thread each while they last, at most {@value
 * #MOST_STREAMS}. All are platform threads, since sockets are opened in the namespace of their
 * thread.
 */
public final class DnsServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DnsServer.class);
  private static final int MOST_STREAMS = 64;
  private static final int MOST_CACHED = 10_000;
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final int ANY_PORT = 0;
  private static final int BIND_ATTEMPTS = 20;

  private final DatagramChannel datagrams;
  private final ServerSocket streams;
  private final Selector selector;
  private final ThreadPoolExecutor streamThreads =
      new ThreadPoolExecutor(
          0,
          MOST_STREAMS,
          5,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          Thread.ofPlatform().name("dns-stream-", 0).daemon().factory());
  private Thread datagramThread;
  private Thread acceptThread;
  private Conversation conversation;
  private Forwarder forwarder;

  private DnsServer(DatagramChannel datagrams, ServerSocket streams) throws IOException {
    this.datagrams = datagrams;
    this.streams = streams;
    this.selector = Selector.open();
    datagrams.configureBlocking(false);
    datagrams.register(selector, SelectionKey.OP_READ);
  }

  /**
   * Opens the sockets; questions wait in them until {@link #start}.
   *
   * @param port 0 for any that is free with both UDP and TCP
   * @throws BindException when the port is taken
   */
  public static DnsServer bind(InetAddress address, int port) throws BindException {
    for (int attempt = 0; ; attempt++) {
      DatagramChannel datagrams = null;
      ServerSocket streams = null;
      try {
        datagrams = DatagramChannel.open();
        datagrams.bind(new InetSocketAddress(address, port));
        int bound = ((InetSocketAddress) datagrams.getLocalAddress()).getPort();
        streams = new ServerSocket();
        streams.setReuseAddress(true);
        streams.bind(new InetSocketAddress(address, bound), 128);
        return new DnsServer(datagrams, streams);
      } catch (IOException e) {
        Ends.close(datagrams);
        Ends.close(streams);
        if (e instanceof BindException taken && (port != ANY_PORT || attempt == BIND_ATTEMPTS)) {
          throw taken;
        }
        if (!(e instanceof BindException)) {
          throw new UncheckedIOException("Can't open a DNS server on " + address, e);
        }
      }
    }
  }

  /** The port of both sockets. */
  public int port() {
    return streams.getLocalPort();
  }

  /** Begins to answer. */
  public void start(Zone zone, Upstreams upstreams) {
    Responder responder =
        new Responder(requireNonNull(zone, "zone"), new AnswerCache(MOST_CACHED, System::nanoTime));
    forwarder = new Forwarder(PATIENCE);
    conversation = new Conversation(responder, forwarder, selector, upstreams::servers, Way.HERE);
    datagramThread = Thread.ofPlatform().name("dns-datagrams").daemon().start(this::serveDatagrams);
    acceptThread = Thread.ofPlatform().name("dns-accept").daemon().start(this::acceptStreams);
  }

  // Datagrams.

  private void serveDatagrams() {
    ByteBuffer buffer = ByteBuffer.allocate(Conversation.MOST_BYTES);
    while (selector.isOpen()) {
      try {
        selector.select(forwarder.nextExpiryMillis());
        for (SelectionKey key : selector.selectedKeys()) {
          if (key.channel().equals(datagrams)) {
            conversation.receiveAll(datagrams, buffer);
          } else if (key.isValid()) {
            forwarder.handle(selector, key);
          }
        }
        selector.selectedKeys().clear();
        forwarder.expire(selector);
      } catch (java.nio.channels.ClosedSelectorException
          | java.nio.channels.ClosedChannelException e) {
        return;
      } catch (IOException | RuntimeException e) {
        LOG.warn("A DNS question could not be served", e);
      }
    }
  }

  // Streams.

  private void acceptStreams() {
    while (!streams.isClosed()) {
      try {
        Socket client = streams.accept();
        try {
          streamThreads.execute(() -> conversation.serveStream(client));
        } catch (RejectedExecutionException e) {
          Ends.close(client);
        }
      } catch (SocketException e) {
        if (!streams.isClosed()) {
          LOG.warn("A DNS connection could not be accepted", e);
        }
      } catch (IOException e) {
        LOG.warn("A DNS connection could not be accepted", e);
      }
    }
  }

  @Override
  public void close() {
    Ends.close(datagrams);
    Ends.close(streams);
    Ends.close(selector);
    streamThreads.shutdownNow();
    Ends.join(datagramThread);
    Ends.join(acceptThread);
  }
}
