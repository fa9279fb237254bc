package dev.mokha.engine.registry;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/**
 * An HTTP server that says exactly the bytes a test wants, when it wants them. What it answers ends
 * with the handler; the connection goes on unless the handler closes it.
 */
final class RawServer implements AutoCloseable {
  private final ServerSocket socket;
  private final Handler handler;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final CountDownLatch closed = new CountDownLatch(1);
  final List<String> requests = new CopyOnWriteArrayList<>();

  /** Answers requests. */
  @FunctionalInterface
  interface Handler {
    void handle(Request request) throws IOException, InterruptedException;
  }

  /** A request whose body is yet to be read. */
  final class Request {
    final String method;
    final String path;
    final Map<String, String> headers;
    private final InputStream in;
    private final Socket connection;
    private long left;

    Request(String line, Map<String, String> headers, InputStream in, Socket connection) {
      String[] words = line.split(" ");
      this.method = words[0];
      this.path = words[1];
      this.headers = headers;
      this.in = in;
      this.connection = connection;
      this.left = Long.parseLong(headers.getOrDefault("content-length", "0"));
    }

    /** Reads so much of the body and no more. */
    void in(int bytes) throws IOException {
      left -= in.readNBytes(bytes).length;
    }

    byte[] body() throws IOException {
      byte[] all = in.readNBytes((int) left);
      left = 0;
      return all;
    }

    /** Writes bytes as they are. */
    void raw(String text) throws IOException {
      raw(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    void raw(byte[] bytes) throws IOException {
      OutputStream out = connection.getOutputStream();
      out.write(bytes);
      out.flush();
    }

    /** A whole answer. */
    void answer(int status, String headers, byte[] body) throws IOException {
      if (left > 0) {
        body();
      }
      raw(
          "HTTP/1.1 "
              + status
              + " X\r\n"
              + headers
              + "Content-Length: "
              + body.length
              + "\r\n\r\n");
      raw(method.equals("HEAD") ? new byte[0] : body);
    }

    void answer(int status, String headers) throws IOException {
      answer(status, headers, new byte[0]);
    }

    /** Says nothing more until the client or the test goes. */
    void stall() throws InterruptedException {
      closed.await();
    }

    /** Cuts the connection. */
    void cut() throws IOException {
      connection.close();
    }
  }

  RawServer(Handler handler) {
    this.handler = handler;
    try {
      socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  String host() {
    return "127.0.0.1:" + socket.getLocalPort();
  }

  /** Connections that the client has not closed. */
  int connections() {
    return open.size();
  }

  private void accept() {
    try {
      while (true) {
        Socket connection = socket.accept();
        open.add(connection);
        Thread.ofVirtual().start(() -> serve(connection));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      InputStream in = new BufferedInputStream(connection.getInputStream());
      while (true) {
        String line = line(in);
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
          int colon = header.indexOf(':');
          headers.put(header.substring(0, colon), header.substring(colon + 1).strip());
        }
        Request request = new Request(line, headers, in, connection);
        requests.add(request.method + " " + request.path);
        // Whoever stalls must notice that the client has gone.
        Thread handling =
            Thread.ofVirtual()
                .start(
                    () -> {
                      try {
                        handler.handle(request);
                      } catch (IOException | InterruptedException e) {
                        // The client has gone, or the test.
                      }
                    });
        if (request.left == 0) {
          in.mark(1);
          int next = in.read();
          if (next < 0) {
            handling.interrupt();
            return;
          }
          in.reset();
        }
        handling.join();
      }
    } catch (IOException | InterruptedException | RuntimeException e) {
      // The client has gone.
    } finally {
      open.remove(connection);
    }
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("the client has gone");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      socket.close();
      for (Socket connection : open) {
        connection.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
