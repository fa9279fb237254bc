package dev.mokha.network.bridges.publishing;

import dev.mokha.network.ends.Ends;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries bytes from published ports to containers where the kernel can't, with one thread for all.
 * Connections are made from the namespace of the thread that made this.
 */
public final class PortRelay implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PortRelay.class);
  private static final int BUFFER = 32 * 1024;
  private static final int DATAGRAM = 64 * 1024;
  private static final int MOST_FLOWS = 4096;
  private static final long FLOW_IDLE_NANOS = TimeUnit.SECONDS.toNanos(90);
  private static final long SWEEP_MILLIS = 10_000;
  private static final long CHECK_MILLIS = 1000;

  private final Selector selector;
  private final Thread thread;
  private final ByteBuffer datagram = ByteBuffer.allocate(DATAGRAM);
  private final Map<FlowKey, Flow> flows = new HashMap<>();
  private final Queue<CountDownLatch> releases = new ConcurrentLinkedQueue<>();

  /** Starts its thread. */
  public PortRelay() {
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException("Can't open a selector for published ports", e);
    }
    thread = Thread.ofPlatform().name("published-ports").daemon().start(this::serve);
  }

  /** What becomes of a ready key. */
  private interface Ready {
    void ready(SelectionKey key) throws IOException;
  }

  private record FlowKey(DatagramChannel outer, SocketAddress client) {}

  /** Takes over a socket that listens, until it is closed. */
  void relay(ServerSocketChannel channel, Supplier<Optional<InetSocketAddress>> target)
      throws IOException {
    channel.configureBlocking(false);
    Ready accept = key -> acceptAll(channel, target);
    channel.register(selector, SelectionKey.OP_ACCEPT, accept);
  }

  /** Takes over a socket that is bound, until it is closed. */
  void relay(DatagramChannel channel, Supplier<Optional<InetSocketAddress>> target)
      throws IOException {
    channel.configureBlocking(false);
    Ready receive = key -> receiveAll(channel, target);
    channel.register(selector, SelectionKey.OP_READ, receive);
  }

  /** Lets the thread see new sockets. */
  void wakeup() {
    selector.wakeup();
  }

  /**
   * Closes a socket that was given to {@link #relay}. Java closes a selector's socket only after
   * the selector has let go of it, so that this waits until then: the port is free afterwards.
   */
  void release(SelectableChannel channel) {
    Ends.close(channel);
    CountDownLatch released = new CountDownLatch(1);
    releases.add(released);
    selector.wakeup();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        if (released.await(CHECK_MILLIS, TimeUnit.MILLISECONDS)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void serve() {
    long swept = System.nanoTime();
    while (selector.isOpen()) {
      try {
        List<CountDownLatch> waiting = waiting();
        if (waiting.isEmpty()) {
          selector.select(flows.isEmpty() ? 0 : SWEEP_MILLIS);
        } else {
          selector.selectNow();
          waiting.forEach(CountDownLatch::countDown);
        }
        for (SelectionKey key : selector.selectedKeys()) {
          handle(key);
        }
        selector.selectedKeys().clear();
        if (System.nanoTime() - swept > FLOW_IDLE_NANOS / 3) {
          swept = System.nanoTime();
          sweep(swept);
        }
      } catch (ClosedSelectorException e) {
        return;
      } catch (IOException | RuntimeException e) {
        LOG.warn("A published port could not be served", e);
      }
    }
  }

  private List<CountDownLatch> waiting() {
    List<CountDownLatch> waiting = new ArrayList<>();
    CountDownLatch released;
    while ((released = releases.poll()) != null) {
      waiting.add(released);
    }
    return waiting;
  }

  private static void handle(SelectionKey key) {
    try {
      if (key.isValid() && key.attachment() instanceof Ready ready) {
        ready.ready(key);
      }
    } catch (IOException | java.nio.channels.CancelledKeyException e) {
      LOG.debug("A relayed connection ended: {}", e.getMessage());
      if (!(key.channel() instanceof ServerSocketChannel)
          && !(key.channel() instanceof DatagramChannel)) {
        Ends.close(key.channel());
      }
    }
  }

  // Streams.

  private void acceptAll(ServerSocketChannel channel, Supplier<Optional<InetSocketAddress>> target)
      throws IOException {
    SocketChannel client;
    while ((client = channel.accept()) != null) {
      Optional<InetSocketAddress> to = target.get();
      if (to.isEmpty()) {
        client.close();
        continue;
      }
      try {
        new Connection(client, to.get()).start();
      } catch (IOException | RuntimeException e) {
        LOG.debug("Can't relay to {}: {}", to.get(), e.getMessage());
        client.close();
      }
    }
  }

  /** Two sockets and what is on its way between them. */
  private final class Connection implements Ready {
    private final SocketChannel outer;
    private final SocketChannel inner;
    private final ByteBuffer inward = ByteBuffer.allocate(BUFFER);
    private final ByteBuffer outward = ByteBuffer.allocate(BUFFER);
    private boolean inwardEnded;
    private boolean outwardEnded;
    private boolean inwardShut;
    private boolean outwardShut;
    private SelectionKey outerKey;
    private SelectionKey innerKey;

    Connection(SocketChannel outer, InetSocketAddress target) throws IOException {
      this.outer = outer;
      outer.configureBlocking(false);
      outer.setOption(StandardSocketOptions.TCP_NODELAY, true);
      inner = SocketChannel.open();
      try {
        inner.configureBlocking(false);
        inner.setOption(StandardSocketOptions.TCP_NODELAY, true);
        inner.connect(target);
      } catch (IOException | RuntimeException e) {
        inner.close();
        throw e;
      }
    }

    void start() throws IOException {
      outerKey = outer.register(selector, 0, this);
      innerKey = inner.register(selector, SelectionKey.OP_CONNECT, this);
    }

    @Override
    public void ready(SelectionKey key) throws IOException {
      try {
        if (inner.isConnectionPending() && !inner.finishConnect()) {
          return;
        }
        inwardEnded |= move(outer, inward, inner);
        outwardEnded |= move(inner, outward, outer);
        if (inwardEnded && !inwardShut && inward.position() == 0) {
          inwardShut = true;
          inner.shutdownOutput();
        }
        if (outwardEnded && !outwardShut && outward.position() == 0) {
          outwardShut = true;
          outer.shutdownOutput();
        }
        if (inwardShut && outwardShut) {
          close();
          return;
        }
        outerKey.interestOps(interest(inward, inwardEnded, outward));
        innerKey.interestOps(interest(outward, outwardEnded, inward));
      } catch (IOException e) {
        close();
        throw e;
      }
    }

    private static int interest(ByteBuffer in, boolean ended, ByteBuffer out) {
      return (!ended && in.hasRemaining() ? SelectionKey.OP_READ : 0)
          | (out.position() > 0 ? SelectionKey.OP_WRITE : 0);
    }

    /** Whether the first will send no more. */
    private static boolean move(SocketChannel from, ByteBuffer buffer, SocketChannel to)
        throws IOException {
      int read = buffer.hasRemaining() ? from.read(buffer) : 0;
      buffer.flip();
      if (buffer.hasRemaining()) {
        to.write(buffer);
      }
      buffer.compact();
      return read < 0;
    }

    private void close() {
      Ends.close(outer);
      Ends.close(inner);
    }
  }

  // Datagrams.

  private final class Flow implements Ready {
    private final DatagramChannel outer;
    private final SocketAddress client;
    private final DatagramChannel inner;
    private long used = System.nanoTime();

    Flow(DatagramChannel outer, SocketAddress client, InetSocketAddress target) throws IOException {
      this.outer = outer;
      this.client = client;
      inner = DatagramChannel.open();
      try {
        inner.configureBlocking(false);
        inner.connect(target);
        inner.register(selector, SelectionKey.OP_READ, this);
      } catch (IOException | RuntimeException e) {
        inner.close();
        throw e;
      }
    }

    @Override
    public void ready(SelectionKey key) throws IOException {
      try {
        while (inner.read(datagram.clear()) > 0) {
          used = System.nanoTime();
          outer.send(datagram.flip(), client);
        }
      } catch (IOException e) {
        flows.remove(new FlowKey(outer, client));
        Ends.close(inner);
        throw e;
      }
    }
  }

  private void receiveAll(DatagramChannel channel, Supplier<Optional<InetSocketAddress>> target)
      throws IOException {
    SocketAddress client;
    while ((client = channel.receive(datagram.clear())) != null) {
      FlowKey key = new FlowKey(channel, client);
      Flow flow = flows.get(key);
      if (flow == null && flows.size() < MOST_FLOWS) {
        Optional<InetSocketAddress> to = target.get();
        if (to.isPresent()) {
          flow = new Flow(channel, client, to.get());
          flows.put(key, flow);
        }
      }
      if (flow != null) {
        flow.used = System.nanoTime();
        try {
          flow.inner.write(datagram.flip());
        } catch (IOException e) {
          LOG.debug("Can't relay a datagram: {}", e.getMessage());
          flows.remove(key);
          Ends.close(flow.inner);
        }
      }
    }
  }

  private void sweep(long now) {
    for (Iterator<Flow> each = flows.values().iterator(); each.hasNext(); ) {
      Flow flow = each.next();
      if (now - flow.used > FLOW_IDLE_NANOS || !flow.outer.isOpen()) {
        each.remove();
        Ends.close(flow.inner);
      }
    }
  }

  @Override
  public void close() {
    for (SelectionKey key : List.copyOf(selector.keys())) {
      Ends.close(key.channel());
    }
    Ends.close(selector);
    Ends.join(thread);
  }
}
