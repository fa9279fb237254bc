package dev.mokha.network.dns;

import static java.util.Objects.requireNonNull;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;

/**
 * Reads questions from a server's sockets and sends what its {@link Responder} says to them, as
 * datagrams and as streams carry them (RFC 1035, section 4.2; RFC 7766).
 */
public final class Conversation {
  /** Bytes of the largest datagram that is read. */
  public static final int MOST_BYTES = 4096;

  private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);
  private static final int HEADER_BYTES = 12;
  private static final Duration STREAM_IDLE = Duration.ofSeconds(10);

  private final Responder responder;
  private final Forwarder forwarder;
  private final Selector selector;
  private final Supplier<List<InetSocketAddress>> servers;
  private final Way way;

  /**
   * What a responder says, with the help of other servers.
   *
   * @param selector of the thread that reads the datagrams
   * @param servers those to ask, in order
   * @param way from where they are asked
   */
  public Conversation(
      Responder responder,
      Forwarder forwarder,
      Selector selector,
      Supplier<List<InetSocketAddress>> servers,
      Way way) {
    this.responder = requireNonNull(responder, "responder");
    this.forwarder = requireNonNull(forwarder, "forwarder");
    this.selector = requireNonNull(selector, "selector");
    this.servers = requireNonNull(servers, "servers");
    this.way = requireNonNull(way, "way");
  }

  /**
   * Takes all datagrams that have come to a channel that does not block.
   *
   * @param buffer of {@value #MOST_BYTES} bytes; what is in it is lost
   */
  public void receiveAll(DatagramChannel datagrams, ByteBuffer buffer) throws IOException {
    while (true) {
      buffer.clear();
      SocketAddress client = datagrams.receive(buffer);
      if (client == null) {
        return;
      }
      buffer.flip();
      if (buffer.remaining() < HEADER_BYTES) {
        continue;
      }
      try {
        Message query = new Message(buffer);
        if (!query.getHeader().getFlag(Flags.QR)) {
          answer(datagrams, query, client);
        }
      } catch (IOException | RuntimeException e) {
        LOG.debug("What {} sent is no DNS message: {}", client, e.getMessage());
      }
    }
  }

  private void answer(DatagramChannel datagrams, Message query, SocketAddress client) {
    switch (responder.answer(query)) {
      case Responder.Outcome.Done(Message reply) -> send(datagrams, query, reply, client);
      case Responder.Outcome.Ask ask ->
          forwarder.ask(
              selector,
              servers.get(),
              way,
              ask.upstream(),
              answer -> send(datagrams, query, ask.finish().apply(answer), client));
    }
  }

  private static void send(
      DatagramChannel datagrams, Message query, Message reply, SocketAddress client) {
    try {
      datagrams.send(ByteBuffer.wrap(Responder.fit(reply, Responder.datagramLimit(query))), client);
    } catch (IOException e) {
      LOG.debug("No answer could be sent to {}: {}", client, e.getMessage());
    }
  }

  /** Answers what comes over a connection until it ends or is idle; then closes it. */
  public void serveStream(Socket client) {
    try (client) {
      client.setSoTimeout(Math.toIntExact(STREAM_IDLE.toMillis()));
      DataInputStream in = new DataInputStream(client.getInputStream());
      while (true) {
        int length = in.read() << 8 | in.read();
        if (length < HEADER_BYTES) {
          return;
        }
        byte[] wire = new byte[length];
        in.readFully(wire);
        Message reply =
            switch (responder.answer(new Message(wire))) {
              case Responder.Outcome.Done(Message ready) -> ready;
              case Responder.Outcome.Ask ask ->
                  ask.finish().apply(forwarder.askStream(servers.get(), way, ask.upstream()));
            };
        byte[] answer = reply.toWire(0xffff);
        ByteBuffer framed = ByteBuffer.allocate(2 + answer.length);
        framed.putShort((short) answer.length).put(answer);
        client.getOutputStream().write(framed.array());
      }
    } catch (IOException | RuntimeException e) {
      LOG.debug("A DNS connection ended: {}", e.getMessage());
    }
  }
}
