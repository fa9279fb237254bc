package dev.mokha.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.server.http.TlsMaterial;
import dev.mokha.server.pki.Pem;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** exec, attach, port forwarding and logs of a real container, as kubectl's versions ask. */
class StreamingTest {
  private static final String POD = "default/streams";
  private static TestNode node;

  /** Kept: Vert.x closes the sockets of a client that the garbage collector finds unreachable. */
  private static final List<WebSocketClient> clients = new ArrayList<>();

  private static Vertx vertx;

  @BeforeAll
  static void start() throws Exception {
    node = TestNode.start();
    vertx = Vertx.vertx();
    node.pods.create(
        new PodBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("streams")
            .endMetadata()
            .withNewSpec()
            .withNodeName(TestNode.NODE)
            .addNewContainer()
            .withName("main")
            .withImage(BusyboxArchive.IMAGE)
            .withStdin(true)
            .withCommand(
                "sh",
                "-c",
                "echo ready; httpd -p 127.0.0.1:8080 -h /etc; while read l; do echo got $l; done")
            .endContainer()
            .endSpec()
            .build());
    node.await(
        "streams",
        p ->
            p.getStatus().getConditions().stream()
                .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True")));
  }

  @AfterAll
  static void stop() {
    if (vertx != null) {
      vertx.close();
    }
    if (node != null) {
      node.close();
    }
  }

  private static Socket connect() throws Exception {
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(
        new KeyManager[] {TlsMaterial.keys(node.pki().admin())},
        new TrustManager[] {TlsMaterial.trust(List.of(node.pki().authority().certificate()))},
        null);
    SSLSocket socket =
        (SSLSocket) tls.getSocketFactory().createSocket("127.0.0.1", node.kubeletPort());
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static WebSocket webSocket(String path, String protocol) throws Exception {
    WebSocketClient client =
        vertx.createWebSocketClient(
            new WebSocketClientOptions()
                .setSsl(true)
                .setTrustAll(true)
                .setVerifyHost(false)
                .setKeyCertOptions(
                    new PemKeyCertOptions()
                        .setCertValue(Buffer.buffer(Pem.certificates(node.pki().admin().chain())))
                        .setKeyValue(Buffer.buffer(Pem.privateKey(node.pki().admin().key())))));
    clients.add(client);
    return client
        .connect(
            new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(node.kubeletPort())
                .setURI(path)
                .addSubProtocol(protocol))
        .toCompletionStage()
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS);
  }

  /** Collects what comes on each channel until the socket closes. */
  private static CompletableFuture<Map<Integer, String>> collect(WebSocket socket) {
    Map<Integer, String> channels = new TreeMap<>();
    CompletableFuture<Map<Integer, String>> done = new CompletableFuture<>();
    socket.binaryMessageHandler(
        m -> channels.merge((int) m.getByte(0), m.getString(1, m.length()), String::concat));
    socket.closeHandler(v -> done.complete(channels));
    return done;
  }

  @Test
  void execOverWebSocketEndsInputAndTellsTheExitCode() throws Exception {
    WebSocket socket =
        webSocket(
            "/exec/"
                + POD
                + "/main?command=sh&command=-c&command=cat;echo+oops+%3E%262;exit+7"
                + "&input=1&output=1&error=1",
            "v5.channel.k8s.io");
    CompletableFuture<Map<Integer, String>> done = collect(socket);
    socket.writeBinaryMessage(Buffer.buffer(new byte[] {0}).appendString("typed"));
    socket.writeBinaryMessage(Buffer.buffer(new byte[] {(byte) 255, 0}));
    Map<Integer, String> channels = done.get(20, TimeUnit.SECONDS);
    assertThat(channels).containsEntry(1, "typed").containsEntry(2, "oops\n");
    assertThat(channels.get(3)).contains("NonZeroExitCode").contains("\"message\":\"7\"");
  }

  @Test
  void execOverSpdy() throws Exception {
    try (SpdyClient client =
        new SpdyClient(
            connect(),
            "/exec/" + POD + "/main?command=cat&input=1&output=1&error=1",
            "v4.channel.k8s.io")) {
      assertThat(client.head).startsWith("HTTP/1.1 101").containsIgnoringCase("v4.channel.k8s.io");
      int error = client.open("streamtype", "error");
      int stdin = client.open("streamtype", "stdin");
      int stdout = client.open("streamtype", "stdout");
      client.open("streamtype", "stderr");
      String text = "x".repeat(200_000);
      client.write(stdin, text.substring(0, 100_000), false);
      client.write(stdin, text.substring(100_000), true);
      assertThat(client.readAll(stdout)).isEqualTo(text);
      assertThat(client.readAll(error)).contains("\"status\":\"Success\"");
    }
  }

  @Test
  void execWithATerminalKnowsItsSize() throws Exception {
    WebSocket socket =
        webSocket(
            "/exec/"
                + POD
                + "/main?command=sh&command=-c&command=test+-t+0+%26%26+echo+tty"
                + "&input=1&output=1&tty=1",
            "v4.channel.k8s.io");
    CompletableFuture<Map<Integer, String>> done = collect(socket);
    socket.writeBinaryMessage(
        Buffer.buffer(new byte[] {4}).appendString("{\"Width\":100,\"Height\":30}"));
    assertThat(done.get(20, TimeUnit.SECONDS).get(1)).isEqualTo("tty\r\n");
  }

  @Test
  void forwardsPortsOverSpdy() throws Exception {
    try (SpdyClient client =
        new SpdyClient(connect(), "/portForward/" + POD, "portforward.k8s.io")) {
      int error = client.open("streamtype", "error", "port", "8080", "requestid", "0");
      int data = client.open("streamtype", "data", "port", "8080", "requestid", "0");
      client.write(data, "GET /passwd HTTP/1.0\r\n\r\n", false);
      assertThat(client.readAll(data)).contains("200 OK").contains("root:x:0:0");
      assertThat(client.readAll(error)).isEmpty();
      int refused = client.open("streamtype", "error", "port", "9", "requestid", "1");
      client.open("streamtype", "data", "port", "9", "requestid", "1");
      assertThat(client.readAll(refused)).contains("forwarding port 9");
    }
  }

  @Test
  void forwardsPortsOverChannels() throws Exception {
    WebSocket socket = webSocket("/portForward/" + POD + "?port=8080", "v4.channel.k8s.io");
    CompletableFuture<Map<Integer, String>> done = collect(socket);
    socket.writeBinaryMessage(
        Buffer.buffer(new byte[] {0}).appendString("GET /passwd HTTP/1.0\r\n\r\n"));
    assertThat(done.get(20, TimeUnit.SECONDS).get(0)).contains("200 OK");
  }

  @Test
  void attachesToTheFirstProcess() throws Exception {
    WebSocket socket =
        webSocket("/attach/" + POD + "/main?input=1&output=1&error=1", "v4.channel.k8s.io");
    CompletableFuture<String> seen = new CompletableFuture<>();
    StringBuilder text = new StringBuilder();
    socket.binaryMessageHandler(
        m -> {
          if (m.getByte(0) == 1) {
            text.append(m.getString(1, m.length()));
            if (text.indexOf("got me") >= 0) {
              seen.complete(text.toString());
            }
          }
        });
    socket.writeBinaryMessage(Buffer.buffer(new byte[] {0}).appendString("me\n"));
    assertThat(seen.get(20, TimeUnit.SECONDS)).contains("got me");
    socket.close();
  }

  @Test
  void refusesStrangers() throws Exception {
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(
        null,
        new TrustManager[] {TlsMaterial.trust(List.of(node.pki().authority().certificate()))},
        null);
    try (Socket socket = tls.getSocketFactory().createSocket("127.0.0.1", node.kubeletPort())) {
      socket
          .getOutputStream()
          .write("GET /pods HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .startsWith("HTTP/1.0 401");
    }
  }
}
