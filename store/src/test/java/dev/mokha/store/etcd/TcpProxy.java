package dev.mokha.store.etcd;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Stands between a client and a server, to cut them off from each other. */
public final class TcpProxy implements AutoCloseable {
  /** What is done to the bytes. */
  private enum State {
    PASSING,
    /** Answers are lost: the server gets all that is sent. */
    DEAF,
    CUT
  }

  private final ServerSocket listening;
  private final int target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile State state = State.PASSING;

  /** A proxy on a port of its own to that port, both of the loopback interface. */
  public TcpProxy(int target) throws IOException {
    this.target = target;
    this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().name("proxy").start(this::accept);
  }

  /** Where it listens. */
  public int port() {
    return listening.getLocalPort();
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket client = listening.accept();
        if (state == State.CUT) {
          client.close();
          continue;
        }
        Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
        open.add(client);
        open.add(server);
        Thread.ofVirtual().start(() -> pump(client, server, false));
        Thread.ofVirtual().start(() -> pump(server, client, true));
      } catch (IOException e) {
        // The test closes the proxy, or the server is down: the client finds out.
      }
    }
  }

  private void pump(Socket from, Socket to, boolean answers) {
    byte[] buffer = new byte[16 << 10];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        if (!(answers && state == State.DEAF)) {
          out.write(buffer, 0, n);
        }
      }
    } catch (IOException e) {
      // One side is gone, and so the other one is closed.
    } finally {
      open.remove(from);
      open.remove(to);
    }
  }

  /** Requests go on, answers are lost. */
  public void loseAnswers() {
    state = State.DEAF;
  }

  /** Closes all connections and takes no new ones. */
  public void cut() throws IOException {
    state = State.CUT;
    closeAll();
  }

  /** Takes connections again; those that were there are closed. */
  public void heal() throws IOException {
    closeAll();
    state = State.PASSING;
  }

  private void closeAll() throws IOException {
    for (Socket socket : open) {
      socket.close();
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    closeAll();
  }
}
