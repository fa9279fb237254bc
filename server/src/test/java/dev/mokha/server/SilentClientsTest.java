package dev.mokha.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.server.ServerConfig.Patience;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that do not say what they want. */
class SilentClientsTest {
  @TempDir private Path directory;

  private static void write(SSLSocket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
  }

  /** Reads what comes until the server closes; fails when it does not within 30 seconds. */
  private static String rest(SSLSocket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void aHeadThatIsNeverCompletedEndsTheConnection() throws Exception {
    Patience short1 = new Patience(Duration.ofMillis(300), Duration.ofMinutes(5));
    try (TestCluster cluster = new TestCluster(directory, c -> c.patience(short1))) {
      try (SSLSocket silent = cluster.socket();
          SSLSocket half = cluster.socket();
          SSLSocket later = cluster.socket()) {
        silent.startHandshake();
        write(half, "GET /livez HTTP/1.1\r\nHost: x\r\nX-Half");
        write(later, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(later.getInputStream(), StandardCharsets.US_ASCII));
        String line = in.readLine();
        assertThat(line).isEqualTo("HTTP/1.1 200 OK");
        while (!line.isEmpty()) {
          line = in.readLine();
        }
        assertThat(in.read()).isEqualTo('o');
        assertThat(in.read()).isEqualTo('k');
        // An idle connection is another matter, until it begins with a second request.
        write(later, "GET /livez HTTP/1.1\r\n");

        assertThat(rest(silent)).isEmpty();
        assertThat(rest(half)).isEmpty();
        assertThat(in.read()).isEqualTo(-1);
      }
    }
  }

  @Test
  void anAnswerMayTakeLongerThanAHeadAndASilentConnectionIsClosedAfterIt() throws Exception {
    Patience brief = new Patience(Duration.ofMillis(300), Duration.ofMillis(300));
    try (TestCluster cluster = new TestCluster(directory, c -> c.patience(brief)).with("n")) {
      try (SSLSocket socket = cluster.socket()) {
        write(
            socket,
            "GET /api/v1/namespaces/n/configmaps?watch=true&timeoutSeconds=2 HTTP/1.1\r\n"
                + "Host: x\r\n\r\n");
        long begun = System.nanoTime();
        String all = rest(socket);
        assertThat(all).startsWith("HTTP/1.1 200 OK").endsWith("0\r\n\r\n");
        assertThat(Duration.ofNanos(System.nanoTime() - begun))
            .isGreaterThan(Duration.ofMillis(1500));
      }
    }
  }
}
