package dev.mokha.bench;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * Asks a serving pod, by a new connection each time, which one it is.
 *
 * @param host an address, the pod's or a Service's
 * @param port the port
 */
record Connection(String host, int port) {
  private static final int CONNECT_MILLIS = 1_000;
  private static final int READ_MILLIS = 2_000;

  /** Refuses nulls. */
  Connection {
    requireNonNull(host, "host");
  }

  /** The pod's name; empty when nobody answered. */
  String answer() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
      socket.setSoTimeout(READ_MILLIS);
      socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      int body = answer.indexOf("\r\n\r\n");
      return body < 0 ? "" : answer.substring(body + 4).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
