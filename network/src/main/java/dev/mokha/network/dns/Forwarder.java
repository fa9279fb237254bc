package dev.mokha.network.dns;

import static java.util.Objects.requireNonNull;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Message;

/**
 * Asks upstream servers, one after the other until one answers: over UDP from the server's selector
 * thread, each question from a port and with an id of chance; over TCP on the caller's thread.
 */
public final class Forwarder {
  private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);
  private static final int MOST_PENDING = 1000;
  private static final int MOST_BYTES = 4096;

  private final Duration patience;
  private final SecureRandom random = new SecureRandom();
  private final ByteBuffer buffer = ByteBuffer.allocate(MOST_BYTES);
  private final PriorityQueue<Pending> pending =
      new PriorityQueue<>((a, b) -> Long.signum(a.deadline - b.deadline));

  /**
   * Asks whom it is told to.
   *
   * @param patience how long each server has
   */
  public Forwarder(Duration patience) {
    this.patience = requireNonNull(patience, "patience");
  }

  /** A question that waits for one server's answer. */
  private static final class Pending {
    private final Message query;
    private final List<InetSocketAddress> servers;
    private final Way way;
    private final Consumer<UpstreamAnswer> then;
    private int next;
    private long deadline;
    private DatagramChannel channel;

    Pending(
        Message query, List<InetSocketAddress> servers, Way way, Consumer<UpstreamAnswer> then) {
      this.query = query;
      this.servers = servers;
      this.way = way;
      this.then = then;
    }
  }

  /** Asks over UDP; only on the selector's thread, where {@code then} is called as well. */
  public void ask(
      Selector selector,
      List<InetSocketAddress> servers,
      Way way,
      Message query,
      Consumer<UpstreamAnswer> then) {
    if (pending.size() >= MOST_PENDING) {
      then.accept(UpstreamAnswer.FAILED);
      return;
    }
    askNext(selector, new Pending(query, servers, way, then));
  }

  private void askNext(Selector selector, Pending question) {
    while (question.next < question.servers.size()) {
      InetSocketAddress server = question.servers.get(question.next++);
      question.query.getHeader().setID(random.nextInt(0x10000));
      try {
        DatagramChannel channel = question.way.datagrams(server);
        question.channel = channel;
        channel.configureBlocking(false);
        // Connected, so that answers of others are not even seen.
        channel.connect(server);
        channel.write(ByteBuffer.wrap(question.query.toWire(MOST_BYTES)));
        channel.register(selector, SelectionKey.OP_READ, question);
        question.deadline = System.nanoTime() + patience.toNanos();
        pending.add(question);
        return;
      } catch (IOException e) {
        LOG.debug("The server {} can't be asked: {}", server, e.getMessage());
        close(question);
      }
    }
    question.then.accept(UpstreamAnswer.FAILED);
  }

  /** Whether a ready key is one of this forwarder's; handles it then. */
  public boolean handle(Selector selector, SelectionKey key) {
    if (!(key.attachment() instanceof Pending question)) {
      return false;
    }
    try {
      buffer.clear();
      question.channel.read(buffer);
      Message answer = new Message(buffer.flip());
      if (answer.getHeader().getID() != question.query.getHeader().getID()
          || !question.query.getQuestion().equals(answer.getQuestion())) {
        return true;
      }
      pending.remove(question);
      close(question);
      question.then.accept(UpstreamAnswer.of(answer));
    } catch (IOException e) {
      // Refused, or no DNS message: the next server may do better.
      pending.remove(question);
      close(question);
      askNext(selector, question);
    }
    return true;
  }

  /** Goes on to the next server where one did not answer. */
  public void expire(Selector selector) {
    long now = System.nanoTime();
    while (!pending.isEmpty() && pending.peek().deadline - now <= 0) {
      Pending question = pending.poll();
      close(question);
      askNext(selector, question);
    }
  }

  /** Milliseconds until the next call of {@link #expire} is due; 0 for never. */
  public long nextExpiryMillis() {
    return pending.isEmpty()
        ? 0
        : Math.max(1, (pending.peek().deadline - System.nanoTime()) / 1_000_000 + 1);
  }

  /** Asks over TCP and waits. */
  public UpstreamAnswer askStream(List<InetSocketAddress> servers, Way way, Message query) {
    for (InetSocketAddress server : servers) {
      int millis = Math.toIntExact(patience.toMillis());
      try (SocketChannel channel = way.stream(server)) {
        Socket socket = channel.socket();
        socket.connect(server, millis);
        socket.setSoTimeout(millis);
        byte[] wire = query.toWire();
        ByteBuffer framed = ByteBuffer.allocate(2 + wire.length);
        framed.putShort((short) wire.length).put(wire);
        socket.getOutputStream().write(framed.array());
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] answer = new byte[in.readUnsignedShort()];
        in.readFully(answer);
        Message message = new Message(answer);
        if (message.getHeader().getID() == query.getHeader().getID()) {
          return UpstreamAnswer.of(message);
        }
      } catch (IOException e) {
        LOG.debug("The server {} can't be asked over TCP: {}", server, e.getMessage());
      }
    }
    return UpstreamAnswer.FAILED;
  }

  private static void close(Pending question) {
    try {
      if (question.channel != null) {
        question.channel.close();
      }
    } catch (IOException e) {
      LOG.debug("A socket could not be closed", e);
    }
  }
}
