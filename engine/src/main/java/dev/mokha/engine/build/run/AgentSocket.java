package dev.mokha.engine.build.run;

import dev.mokha.engine.build.SshAgents;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A socket behind which a step finds an SSH agent of the client's. What is asked is read message by
 * message (draft-miller-ssh-agent, 3): keys are listed and used, and nothing else is passed on; a
 * step can neither add or remove keys nor lock the agent. Ends with the step.
 */
final class AgentSocket implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AgentSocket.class);

  private static final int FAILURE = 5;
  private static final int LIST_KEYS = 11;
  private static final int SIGN = 13;

  /** Longest message, as OpenSSH's agent has it. */
  private static final int MAX_BYTES = 256 << 10;

  private final SshAgents agents;
  private final String id;
  private final Path path;
  private final ServerSocketChannel server;
  private final Set<AutoCloseable> open = new HashSet<>();
  private boolean closed;

  /**
   * Listens.
   *
   * @param directory that nobody but the daemon can look into; its path is short, as a socket's has
   *     to be
   */
  AgentSocket(SshAgents agents, String id, Path directory) throws IOException {
    this.agents = agents;
    this.id = id;
    this.path = Files.createTempFile(directory, "ssh-", "");
    Files.delete(path);
    this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    boolean listens = false;
    try {
      server.bind(UnixDomainSocketAddress.of(path));
      listens = true;
    } finally {
      if (!listens) {
        server.close();
      }
    }
    Thread.ofVirtual().name("ssh-agent-" + id).start(this::accept);
  }

  /** Where it is. */
  Path path() {
    return path;
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel client = server.accept();
        if (!keep(client)) {
          client.close();
          return;
        }
        Thread.ofVirtual().name("ssh-agent-client").start(() -> serve(client));
      }
    } catch (IOException ended) {
      log.debug("No more connections to the SSH agent {}: {}", id, ended.toString());
    }
  }

  private synchronized boolean keep(AutoCloseable connection) {
    return !closed && open.add(connection);
  }

  private void serve(SocketChannel client) {
    try (client;
        SshAgents.Connection agent = agents.connect(id)) {
      if (keep(agent)) {
        pass(
            new DataInputStream(Channels.newInputStream(client)),
            Channels.newOutputStream(client),
            agent);
      }
      synchronized (this) {
        open.remove(agent);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      log.debug("A connection to the SSH agent {} ended: {}", id, e.toString());
    } finally {
      synchronized (this) {
        open.remove(client);
      }
    }
  }

  private static void pass(DataInputStream in, OutputStream out, SshAgents.Connection agent)
      throws IOException {
    DataInputStream answers = new DataInputStream(agent.answers());
    while (true) {
      byte[] request = message(in);
      if (request == null) {
        return;
      }
      int kind = request[0];
      if (kind == LIST_KEYS || kind == SIGN) {
        send(agent.requests(), request);
        byte[] answer = message(answers);
        if (answer == null) {
          throw new IOException("the agent hung up");
        }
        send(out, answer);
      } else {
        send(out, new byte[] {FAILURE});
      }
    }
  }

  /** A message with its type; null at the end. */
  private static byte[] message(DataInputStream in) throws IOException {
    byte[] head = ((InputStream) in).readNBytes(Integer.BYTES);
    if (head.length < Integer.BYTES) {
      return null;
    }
    int length = ByteBuffer.wrap(head).getInt();
    if (length < 1 || length > MAX_BYTES) {
      throw new IOException("a message of " + Integer.toUnsignedString(length) + " bytes");
    }
    byte[] body = new byte[length];
    in.readFully(body);
    return body;
  }

  private static void send(OutputStream out, byte[] message) throws IOException {
    DataOutputStream whole = new DataOutputStream(new BufferedOutputStream(out));
    whole.writeInt(message.length);
    whole.write(message);
    whole.flush();
  }

  @Override
  public void close() throws IOException {
    Set<AutoCloseable> all;
    synchronized (this) {
      closed = true;
      all = Set.copyOf(open);
      open.clear();
    }
    server.close();
    for (AutoCloseable connection : all) {
      try {
        connection.close();
      } catch (Exception e) {
        log.debug("A connection to the SSH agent {} was not closed well", id, e);
      }
    }
    Files.deleteIfExists(path);
  }
}
