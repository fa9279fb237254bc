package dev.mokha.node.streaming;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forwards a client's connections to ports of a pod. Over SPDY (raw, or inside a WebSocket) each
 * connection is a pair of streams, {@code data} and {@code error}, that share a {@code requestid};
 * over a plain WebSocket each port has two channels.
 */
public final class PortForwarder {
  /** The raw SPDY version. */
  public static final String PROTOCOL = "portforward.k8s.io";

  /** SPDY inside a WebSocket (KEP-4006). */
  public static final String TUNNEL = "SPDY/3.1+portforward.k8s.io";

  private static final Logger log = LoggerFactory.getLogger(PortForwarder.class);
  private static final int BUFFER = 32 * 1024;

  private final Connector connector;
  private final String pod;

  /** Makes connections to the pod. */
  @FunctionalInterface
  public interface Connector {
    /** Connects to a port. */
    Socket connect(int port) throws IOException;
  }

  /**
   * A forwarder to one pod.
   *
   * @param pod its name, for messages
   */
  public PortForwarder(String pod, Connector connector) {
    this.pod = pod;
    this.connector = connector;
  }

  /** Serves a client over raw SPDY. */
  public void serve(NetSocket socket) {
    new Pairs(Connection.of(socket)).start();
  }

  /** Serves a client over SPDY inside a WebSocket. */
  public void serveTunnel(ServerWebSocket socket) {
    new Pairs(Connection.of(socket)).start();
  }

  /** Puts streams together by their request and port. */
  private final class Pairs {
    private final SpdyConnection connection;
    private final Map<String, SpdyConnection.Stream> waiting = new HashMap<>();

    Pairs(Connection raw) {
      this.connection = new SpdyConnection(raw, this::opened, () -> {});
    }

    void start() {
      connection.start();
    }

    private synchronized void opened(SpdyConnection.Stream stream) {
      String id = stream.header("requestid") + "/" + stream.header("port");
      SpdyConnection.Stream other = waiting.remove(id);
      if (other == null) {
        waiting.put(id, stream);
        return;
      }
      boolean isData = stream.header("streamtype").equals("data");
      SpdyConnection.Stream data = isData ? stream : other;
      SpdyConnection.Stream error = isData ? other : stream;
      Thread.ofVirtual().name("forward-" + pod).start(() -> forward(data, error));
    }

    private void forward(SpdyConnection.Stream data, SpdyConnection.Stream error) {
      int port = port(data.header("port"));
      try (Socket socket = connector.connect(port)) {
        data.onReset(() -> closeQuietly(socket));
        copyBothWays(socket, data.in(), data);
        error.end();
      } catch (IOException e) {
        tell(error, port, e);
      } finally {
        data.in().close();
        data.forget();
        error.forget();
      }
    }

    private static void tell(SpdyConnection.Stream error, int port, IOException e) {
      try {
        byte[] text = failure(port, e).getBytes(StandardCharsets.UTF_8);
        error.write(text, 0, text.length);
        error.end();
      } catch (IOException gone) {
        log.trace("The client did not hear of: {}", e.getMessage());
      }
    }
  }

  private static String failure(int port, IOException e) {
    return "an error occurred forwarding port " + port + ": " + e.getMessage();
  }

  private static int port(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** Copies until the pod's side has ended; the client's end is passed on as a half-close. */
  private static void copyBothWays(Socket socket, InputStream fromClient, Sink toClient)
      throws IOException {
    Thread upstream =
        Thread.ofVirtual()
            .name("forward-up")
            .start(
                () -> {
                  try {
                    OutputStream out = socket.getOutputStream();
                    byte[] buffer = new byte[BUFFER];
                    for (int n = fromClient.read(buffer); n >= 0; n = fromClient.read(buffer)) {
                      out.write(buffer, 0, n);
                    }
                    socket.shutdownOutput();
                  } catch (IOException e) {
                    closeQuietly(socket);
                  }
                });
    try {
      InputStream in = socket.getInputStream();
      byte[] buffer = new byte[BUFFER];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        toClient.write(buffer, 0, n);
      }
    } catch (IOException e) {
      log.trace("A forwarded connection ended: {}", e.getMessage());
    }
    toClient.end();
    upstream.interrupt();
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      log.trace("A socket did not close", e);
    }
  }

  /**
   * Serves a client over plain channels: for the n-th port 2n carries data and 2n + 1 errors; each
   * begins with the port in two bytes, the low one first.
   */
  public void serveChannels(ServerWebSocket socket, List<Integer> ports) {
    List<ByteQueue> queues = new ArrayList<>();
    for (int i = 0; i < ports.size(); i++) {
      queues.add(new ByteQueue(socket::pause, socket::resume));
    }
    socket.binaryMessageHandler(
        message -> {
          int channel = message.length() == 0 ? -1 : message.getByte(0) & 0xff;
          if (channel >= 0 && channel % 2 == 0 && channel / 2 < queues.size()) {
            byte[] bytes = message.getBytes();
            queues.get(channel / 2).add(Arrays.copyOfRange(bytes, 1, bytes.length));
          }
        });
    socket.exceptionHandler(e -> socket.close());
    socket.closeHandler(v -> queues.forEach(ByteQueue::end));
    socket.resume();
    for (int i = 0; i < ports.size(); i++) {
      int index = i;
      Thread.ofVirtual()
          .name("forward-" + pod)
          .start(() -> forwardChannel(socket, index, ports.get(index), queues.get(index)));
    }
  }

  private void forwardChannel(ServerWebSocket socket, int index, int port, ByteQueue in) {
    Sink data = channel(socket, 2 * index);
    Sink error = channel(socket, 2 * index + 1);
    byte[] number = {(byte) port, (byte) (port >> 8)};
    try {
      data.write(number, 0, 2);
      error.write(number, 0, 2);
      try (Socket target = connector.connect(port)) {
        copyBothWays(target, in, data);
      } catch (IOException e) {
        byte[] text = failure(port, e).getBytes(StandardCharsets.UTF_8);
        error.write(text, 0, text.length);
      }
    } catch (IOException e) {
      log.trace("A client of port forwarding is gone: {}", e.getMessage());
    } finally {
      in.close();
      socket.close();
    }
  }

  private static Sink channel(ServerWebSocket socket, int number) {
    return new Sink() {
      @Override
      public void write(byte[] bytes, int from, int length) throws IOException {
        Buffer message = Buffer.buffer(length + 1);
        message.appendByte((byte) number).appendBytes(bytes, from, length);
        Connection.await(socket.writeBinaryMessage(message));
      }

      @Override
      public void end() {
        // The socket's end tells it.
      }
    };
  }
}
