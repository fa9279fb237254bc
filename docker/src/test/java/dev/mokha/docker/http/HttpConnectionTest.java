package dev.mokha.docker.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections as Docker's clients use them: kept, streamed, hijacked, broken off. */
final class HttpConnectionTest {
  private static final Access EVERYBODY =
      (caller, action) ->
          action.verb().equals("forbidden")
              ? Access.Decision.denied("not you")
              : Access.Decision.ALLOWED;

  @TempDir private Path directory;
  private final CompletableFuture<Void> gone = new CompletableFuture<>();
  private DockerServer server;
  private Path socket;

  @BeforeEach
  void open() throws IOException {
    socket = directory.resolve("s");
    List<Route> routes =
        List.of(
            Route.get("/hello", (request, response) -> response.text(200, "hello"))
                .as("get", "system"),
            Route.get("/named/{name...}/json", HttpConnectionTest::named).as("get", "images"),
            Route.get("/new", (request, response) -> response.status(204))
                .since(1, 40)
                .as("get", "system"),
            Route.get("/secret", (request, response) -> response.status(204))
                .as("forbidden", "system"),
            Route.post("/secret", (request, response) -> response.status(204))
                .as("forbidden", "system"),
            Route.post(
                    "/count",
                    (request, response) ->
                        response.json(Map.of("bytes", request.body().readAllBytes().length)))
                .as("get", "system"),
            Route.get("/removed", HttpConnectionTest::fails).as(request -> about(request, true)),
            Route.get("/broken", HttpConnectionTest::fails).as(request -> about(request, false)),
            Route.get("/lines", HttpConnectionTest::lines).as("get", "system"),
            Route.get("/late", HttpConnectionTest::late).as("get", "system"),
            Route.get("/hang", this::hang).as("get", "system"),
            Route.post("/hijack", HttpConnectionTest::hijack).as("get", "system"),
            Route.get("/ws", HttpConnectionTest::echo).as("get", "system"));
    server = new DockerServer(new Router(routes, EVERYBODY));
    server.listen(socket);
  }

  private static void named(Request request, Response response) throws IOException {
    response.json(Json.object().put("name", request.path("name")));
  }

  private static void lines(Request request, Response response) throws IOException {
    try (JsonLines lines = response.lines()) {
      lines.send(Map.of("n", 1));
      lines.send(Map.of("n", 2));
    }
  }

  /** What it is about is there when it is described, and gone or not when it fails. */
  private static Action about(Request request, boolean goes) {
    Subject subject =
        () -> goes ? Optional.of(DockerException.notFound("No such thing: x")) : Optional.empty();
    request.settle(subject);
    return Action.of("get", "things", "default", "x");
  }

  private static void fails(Request request, Response response) {
    throw new UncheckedIOException(new IOException("/var/lib/x/upper is not there"));
  }

  private static void late(Request request, Response response) throws IOException {
    response.stream("text/plain").write('x');
    throw DockerException.conflict("too late?");
  }

  private void hang(Request request, Response response) throws IOException {
    response.lines().begin();
    request.gone().join();
    gone.complete(null);
  }

  private static void hijack(Request request, Response response) throws IOException {
    try (Duplex client = response.hijack("application/vnd.docker.raw-stream")) {
      int n = client.in().readAllBytes().length;
      client.out().write(("got " + n).getBytes(StandardCharsets.US_ASCII));
    }
  }

  private static void echo(Request request, Response response) throws IOException {
    try (Duplex client = response.webSocket()) {
      client.in().transferTo(client.out());
    }
  }

  @AfterEach
  void close() {
    server.close();
  }

  private SocketChannel connect() throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    return channel;
  }

  private static void send(SocketChannel channel, String text) throws IOException {
    send(channel, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static void send(SocketChannel channel, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /** Reads until the other side ends, or the text has come. */
  private static String read(SocketChannel channel, String until) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(4096);
    while (true) {
      String text = all.toString(StandardCharsets.ISO_8859_1);
      if (!until.isEmpty() && text.contains(until)) {
        return text;
      }
      if (channel.read(buffer.clear()) < 0) {
        return text;
      }
      all.write(buffer.array(), 0, buffer.position());
    }
  }

  private String ask(String text) throws IOException {
    try (SocketChannel channel = connect()) {
      send(channel, text);
      return read(channel, "");
    }
  }

  private String get(String path) throws IOException {
    return ask("GET " + path + " HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n");
  }

  @Test
  void answersWithDockersHeaders() throws IOException {
    assertThat(get("/v1.43/hello"))
        .startsWith("HTTP/1.1 200 OK\r\nApi-Version: 1.50\r\nDocker-Experimental: false\r\n")
        .contains("Ostype: linux", "Connection: close")
        .endsWith("\r\n\r\nhello");
  }

  @Test
  void refusesVersionsAndPathsInDockersWords() throws IOException {
    assertThat(get("/v1.23/hello"))
        .startsWith("HTTP/1.1 400 ")
        .contains(
            "client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade"
                + " your client to a newer version");
    assertThat(get("/v1.51/hello"))
        .startsWith("HTTP/1.1 400 ")
        .contains("client version 1.51 is too new. Maximum supported API version is 1.50");
    assertThat(get("/v1.30/new"))
        .startsWith("HTTP/1.1 404 ")
        .contains("{\"message\":\"page not found\"}");
    assertThat(get("/v1.40/new")).startsWith("HTTP/1.1 204 ");
    assertThat(get("/secret")).startsWith("HTTP/1.1 403 ").contains("not you");
    assertThat(get("/named/registry:5000%2Fteam/app:1/json"))
        .contains("{\"name\":\"registry:5000/team/app:1\"}");
  }

  @Test
  void whatFailsBecauseItsSubjectWasRemovedSaysSo() throws IOException {
    assertThat(get("/removed"))
        .startsWith("HTTP/1.1 404 ")
        .contains("{\"message\":\"No such thing: x\"}")
        .doesNotContain("/var/lib");
    assertThat(get("/broken")).startsWith("HTTP/1.1 500 ").contains("is not there");
  }

  @Test
  void answersWhatIsNoRequest() throws IOException {
    assertThat(get("/hello%zz")).startsWith("HTTP/1.1 400 ").endsWith("400 Bad Request");
    assertThat(get("/hello?a=%zz")).startsWith("HTTP/1.1 400 ");
    assertThat(get("http://docker/hello")).startsWith("HTTP/1.1 200 ");
    assertThat(ask("POST /count HTTP/1.1\r\nContent-Length: -5\r\n\r\n"))
        .startsWith("HTTP/1.1 400 ");
    assertThat(ask("POST /count HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"))
        .startsWith("HTTP/1.1 400 ")
        .contains("malformed request body");
    try (SocketChannel channel = connect()) {
      send(channel, "POST /count HTTP/1.1\r\nContent-Length: 50\r\n\r\nshort");
      channel.shutdownOutput();
      assertThat(read(channel, "")).startsWith("HTTP/1.1 400 ").contains("unexpected EOF");
    }
    assertThat(get("/hello")).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void keepsTheConnectionForRequestsSentAtOnce() throws IOException {
    String one = "GET /hello HTTP/1.1\r\nHost: d\r\n\r\n";
    String last = "GET /hello HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n";
    assertThat(ask(one + one + last).split("hello", -1)).hasSize(4);
  }

  @Test
  void takesChunkedBodiesAndSaysContinue() throws IOException {
    try (SocketChannel channel = connect()) {
      send(
          channel,
          "POST /count HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n"
              + "Expect: 100-continue\r\nConnection: close\r\n\r\n");
      assertThat(read(channel, "\r\n\r\n")).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
      send(channel, "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
      assertThat(read(channel, "")).contains("{\"bytes\":5}");
    }
  }

  @Test
  void streamsLinesInChunks() throws IOException {
    assertThat(get("/lines"))
        .contains("Transfer-Encoding: chunked")
        .contains("9\r\n{\"n\":1}\r\n\r\n", "9\r\n{\"n\":2}\r\n\r\n")
        .endsWith("0\r\n\r\n");
    assertThat(ask("GET /lines HTTP/1.0\r\n\r\n"))
        .doesNotContain("chunked")
        .endsWith("{\"n\":1}\r\n{\"n\":2}\r\n");
  }

  @Test
  void aFailureBeforeAnythingWasSentIsAProperError() throws IOException {
    assertThat(get("/late")).startsWith("HTTP/1.1 409 ").contains("{\"message\":\"too late?\"}");
  }

  @Test
  void noticesThatTheClientLeft() throws Exception {
    try (SocketChannel channel = connect()) {
      send(channel, "GET /hang HTTP/1.1\r\nHost: d\r\n\r\n");
      read(channel, "\r\n\r\n");
      assertThat(gone).isNotDone();
    }
    gone.get(10, TimeUnit.SECONDS);
  }

  @Test
  void aHijackedClientMayEndItsSideAndStillListen() throws IOException {
    try (SocketChannel channel = connect()) {
      send(
          channel,
          "POST /hijack HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
              + "Content-Length: 2\r\n\r\n{}GET / HTTP/1.1\r\n\r\n");
      send(channel, new byte[100_000]);
      channel.shutdownOutput();
      assertThat(read(channel, ""))
          .startsWith(
              "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n"
                  + "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
          .endsWith("got 100018");
    }
    try (SocketChannel channel = connect()) {
      send(channel, "POST /hijack HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\nabc");
      channel.shutdownOutput();
      assertThat(read(channel, "")).startsWith("HTTP/1.1 200 OK\r\n").endsWith("got 3");
    }
  }

  @Test
  void speaksWebSocket() throws IOException {
    try (SocketChannel channel = connect()) {
      send(
          channel,
          "GET /ws HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
      // The key and its answer are the example of RFC 6455, section 1.3.
      assertThat(read(channel, "\r\n\r\n"))
          .contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
      // "Hello" as a masked text message: the example of RFC 6455, section 5.7.
      send(
          channel,
          new byte[] {
            (byte) 0x81,
            (byte) 0x85,
            0x37,
            (byte) 0xfa,
            0x21,
            0x3d,
            0x7f,
            (byte) 0x9f,
            0x4d,
            0x51,
            0x58
          });
      assertThat(read(channel, "Hello")).isEqualTo("\u0082\u0005Hello");
    }
  }

  @Test
  void saysWhoCalls() throws IOException {
    CompletableFuture<Caller> caller = new CompletableFuture<>();
    Path other = directory.resolve("t");
    try (DockerServer second =
        new DockerServer(
            new Router(
                List.of(
                    Route.get("/", (request, response) -> caller.complete(request.caller()))
                        .as("get", "system")),
                EVERYBODY))) {
      second.listen(other);
      socket = other;
      get("/");
    }
    assertThat(caller.join().user()).isEqualTo(System.getProperty("user.name"));
    assertThat(caller.join().kind()).isEqualTo(Caller.Kind.PEER);
  }

  @Test
  void aRefusalIsHeardByWhoStillSends() throws IOException {
    for (String connection : List.of("close", "keep-alive")) {
      try (SocketChannel channel = connect()) {
        int length = 4 << 20;
        send(
            channel,
            "POST /secret HTTP/1.1\r\nHost: x\r\nConnection: %s\r\nContent-Length: %d\r\n\r\n"
                .formatted(connection, length));
        assertThat(readable(channel)).as("it is answered before the body has come").isTrue();
        send(channel, new byte[length]);
        assertThat(read(channel, "")).startsWith("HTTP/1.1 403 Forbidden").contains("not you");
      }
    }
  }

  private static boolean readable(SocketChannel channel) throws IOException {
    channel.configureBlocking(false);
    try (var selector = java.nio.channels.Selector.open()) {
      channel.register(selector, java.nio.channels.SelectionKey.OP_READ);
      return selector.select(TimeUnit.SECONDS.toMillis(10)) == 1;
    } finally {
      channel.configureBlocking(true);
    }
  }
}
