package dev.mokha.node.probe;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ChecksTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private HttpServer server;
  private int port;
  private final AtomicReference<String> host = new AtomicReference<>();

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/",
        exchange -> {
          host.set(exchange.getRequestHeaders().getFirst("Host"));
          int status =
              switch (exchange.getRequestURI().getPath()) {
                case "/ok" -> 200;
                case "/moved" -> 302;
                case "/away" -> 301;
                default -> 500;
              };
          if (status == 302) {
            exchange.getResponseHeaders().add("Location", "/ok");
          } else if (status == 301) {
            exchange.getResponseHeaders().add("Location", "http://example.invalid/");
          }
          byte[] body = "hello".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    port = server.getAddress().getPort();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private CheckResult get(String path) {
    return HttpCheck.get("HTTP", "127.0.0.1", port, path, Map.of("host", "web.example"), TIMEOUT);
  }

  @Test
  void judgesByTheStatus() {
    assertThat(get("/ok")).isEqualTo(CheckResult.ok("hello"));
    assertThat(host).hasValue("web.example");
    assertThat(get("/bad").message()).isEqualTo("HTTP probe failed with statuscode: 500");
  }

  @Test
  void followsRedirectsOnItsOwnHostOnly() {
    assertThat(get("/moved").success()).isTrue();
    assertThat(get("/away").message()).startsWith("Probe terminated redirects");
  }

  @Test
  void tellsARefusedConnection() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    assertThat(TcpCheck.connect("127.0.0.1", free, TIMEOUT).refused()).isTrue();
    assertThat(TcpCheck.connect("127.0.0.1", port, TIMEOUT).success()).isTrue();
    assertThat(HttpCheck.get("HTTP", "127.0.0.1", free, "/", Map.of(), TIMEOUT).refused()).isTrue();
    assertThat(GrpcCheck.check("127.0.0.1", free, "", TIMEOUT).refused()).isTrue();
  }
}
