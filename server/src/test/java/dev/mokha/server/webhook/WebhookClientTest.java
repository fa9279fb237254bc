package dev.mokha.server.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.object.KubeObject;
import dev.mokha.server.services.ServiceEndpoints;
import dev.mokha.server.storage.ObjectReader;
import io.vertx.core.buffer.Buffer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of calls, whatever the other end does. */
final class WebhookClientTest {
  private static final Duration PATIENT = Duration.ofSeconds(20);
  private static final byte[] REVIEW = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);

  private final Map<String, KubeObject> stored = new HashMap<>();
  private final WebhookClient client = new WebhookClient(new ServiceEndpoints(new Objects()));
  private WebhookServer server;

  private final class Objects implements ObjectReader {
    @Override
    public Optional<KubeObject> find(String group, String resource, String namespace, String name) {
      return Optional.ofNullable(stored.get(resource + "/" + namespace + "/" + name));
    }

    @Override
    public List<KubeObject> list(String group, String resource, String namespace) {
      return stored.entrySet().stream()
          .filter(e -> e.getKey().startsWith(resource + "/" + namespace + "/"))
          .map(Map.Entry::getValue)
          .toList();
    }

    @Override
    public long lastChange(String group, String resource) {
      return 1;
    }
  }

  @BeforeEach
  void start() throws Exception {
    server =
        new WebhookServer(
            List.of("localhost", "hook.ns.svc"),
            (r, body) -> r.response().end(Buffer.buffer(body)));
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    server.close();
  }

  private WebhookTarget target(String host, int port, String path, String ca) {
    return new WebhookTarget(host, port, path, "", "", ca);
  }

  private WebhookTarget target() {
    return target("localhost", server.port(), "/hook", server.caPem());
  }

  private void service(String endpointsJson, String resource, String name) {
    put("services", "hook", "{\"spec\":{\"ports\":[{\"port\":443,\"name\":\"https\"}]}}");
    put(resource, name, endpointsJson.formatted(server.port()));
  }

  private void put(String resource, String name, String json) {
    stored.put(
        resource + "/ns/" + name,
        KubeObject.parse(
            json.replaceFirst(
                    "\\{",
                    "{\"metadata\":{\"name\":\"%s\",\"namespace\":\"ns\",\"labels\":{\"kubernetes.io/service-name\":\"hook\"}},"
                        .formatted(name))
                .getBytes(StandardCharsets.UTF_8)));
  }

  private String post(WebhookTarget target) throws WebhookFailure {
    return new String(client.post(target, REVIEW, PATIENT, 1000), StandardCharsets.UTF_8);
  }

  private void fails(WebhookTarget target, String message) {
    assertThatThrownBy(() -> post(target))
        .isInstanceOf(WebhookFailure.class)
        .hasMessageContaining(message);
  }

  @Test
  void postsAndReturnsTheAnswer() throws Exception {
    List<String> seen = new ArrayList<>();
    server.handle(
        (r, body) -> {
          seen.add(r.method() + " " + r.uri() + " " + r.getHeader("Content-Type"));
          r.response().end(Buffer.buffer(body));
        });
    assertThat(post(target())).isEqualTo("{\"a\":1}");
    assertThat(seen).containsExactly("POST /hook?timeout=20s application/json");
  }

  @Test
  void usesAConnectionAgain() throws Exception {
    for (int i = 0; i < 5; i++) {
      post(target());
    }
    assertThat(server.calls()).isEqualTo(5);
    assertThat(server.connections()).isEqualTo(1);
  }

  @Test
  void noticesThatAKeptConnectionWasClosed() throws Exception {
    post(target());
    server.handle(
        (r, body) -> {
          // What a server does that ends a connection just when it is to be used again.
          r.connection().close();
          server.handle((again, b) -> again.response().end(Buffer.buffer(b)));
        });
    assertThat(post(target())).isEqualTo("{\"a\":1}");
  }

  @Test
  void callsMayRunSideBySide() throws Exception {
    CountDownLatch all = new CountDownLatch(8);
    server.handle(
        (r, body) -> {
          all.countDown();
          Thread.startVirtualThread(
              () -> {
                try {
                  if (all.await(10, TimeUnit.SECONDS)) {
                    r.response().end(Buffer.buffer(body));
                  }
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
        });
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> answers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        answers.add(threads.submit(() -> post(target())));
      }
      for (Future<String> answer : answers) {
        assertThat(answer.get()).isEqualTo("{\"a\":1}");
      }
    }
  }

  @Test
  void findsAServiceByItsEndpointsUnderItsOwnName() throws Exception {
    service(
        "{\"subsets\":[{\"addresses\":[{\"ip\":\"127.0.0.1\"}],\"ports\":[{\"name\":\"https\",\"port\":%d}]}]}",
        "endpoints", "hook");
    WebhookTarget hook = new WebhookTarget("hook.ns.svc", 443, "/", "ns", "hook", server.caPem());
    assertThat(post(hook)).isEqualTo("{\"a\":1}");
    fails(
        new WebhookTarget("hook.ns.svc", 444, "/", "ns", "hook", server.caPem()),
        "no service port \"444\" found for service \"hook\"");
    fails(
        new WebhookTarget("other.ns.svc", 443, "/", "ns", "other", server.caPem()),
        "service \"other\" not found");
  }

  @Test
  void findsAServiceByItsSlices() throws Exception {
    service(
        "{\"endpoints\":[{\"addresses\":[\"127.0.0.9\"],\"conditions\":{\"ready\":false}},"
            + "{\"addresses\":[\"127.0.0.1\"]}],\"ports\":[{\"name\":\"https\",\"port\":%d}]}",
        "endpointslices", "hook-1");
    WebhookTarget hook = new WebhookTarget("hook.ns.svc", 443, "/", "ns", "hook", server.caPem());
    assertThat(post(hook)).isEqualTo("{\"a\":1}");
    stored.remove("endpointslices/ns/hook-1");
    fails(hook, "no endpoints available for service \"hook\"");
  }

  @Test
  void aServiceMustShowItsOwnName() {
    service(
        "{\"subsets\":[{\"addresses\":[{\"ip\":\"127.0.0.1\"}],\"ports\":[{\"name\":\"https\",\"port\":%d}]}]}",
        "endpoints", "hook");
    stored.put("services/ns/spy", stored.get("services/ns/hook"));
    stored.put("endpoints/ns/spy", stored.get("endpoints/ns/hook"));
    fails(
        new WebhookTarget("spy.ns.svc", 443, "/", "ns", "spy", server.caPem()),
        "x509: certificate is not valid for spy.ns.svc");
  }

  @Test
  void refusesACertificateOfSomebodyElse() throws Exception {
    try (WebhookServer other = new WebhookServer(List.of("localhost"), (r, b) -> {})) {
      fails(
          target("localhost", server.port(), "/", other.caPem()),
          "x509: certificate signed by unknown authority");
    }
    fails(target("localhost", server.port(), "/", ""), "certificate signed by unknown authority");
    fails(
        target("localhost", server.port(), "/", "no certificate"),
        "unable to load root certificates: unable to parse bytes as PEM block");
  }

  @Test
  void oneThatHangsIsLeftInTime() {
    server.handle((r, body) -> {});
    assertThatThrownBy(() -> client.post(target(), REVIEW, Duration.ofMillis(200), 1000))
        .isInstanceOf(WebhookFailure.class)
        .hasMessage(
            "Post \"https://localhost:%d/hook?timeout=200ms\": context deadline exceeded"
                .formatted(server.port()));
  }

  @Test
  void oneThatHangsInTheMiddleIsLeftInTime() {
    server.handle((r, body) -> r.response().setChunked(true).write("{"));
    assertThatThrownBy(() -> client.post(target(), REVIEW, Duration.ofMillis(300), 1000))
        .hasMessageEndingWith("context deadline exceeded");
  }

  @Test
  void oneThatNeverShakesHandsIsLeftInTime() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      WebhookTarget target = target("localhost", silent.getLocalPort(), "/", server.caPem());
      assertThatThrownBy(() -> client.post(target, REVIEW, Duration.ofMillis(300), 1000))
          .hasMessageEndingWith("context deadline exceeded");
    }
  }

  @Test
  void oneThatSpeaksNoTlsIsAFailure() throws Exception {
    try (ServerSocket plain = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread answering =
          Thread.startVirtualThread(
              () -> {
                try (Socket s = plain.accept()) {
                  s.getOutputStream()
                      .write("SSH-2.0-nonsense\r\n".getBytes(StandardCharsets.UTF_8));
                  s.getOutputStream().flush();
                  s.getInputStream().readAllBytes();
                } catch (java.io.IOException e) {
                  // The test is over.
                }
              });
      fails(target("localhost", plain.getLocalPort(), "/", server.caPem()), "tls: ");
      answering.join();
    }
  }

  @Test
  void anAnswerCutOffIsAFailure() {
    server.handle(
        (r, body) -> {
          r.response().putHeader("Content-Length", "100").write("{\"half");
          r.connection().close();
        });
    fails(target(), ": EOF");
  }

  @Test
  void anAnswerIsNotReadBeyondItsLimit() {
    server.handle((r, body) -> r.response().end("x".repeat(100_000)));
    fails(target(), "its answer is larger than 1000 bytes");
  }

  @Test
  void refusalsAndRedirectsAreFailures() {
    server.handle((r, body) -> r.response().setStatusCode(500).end("out of beans"));
    fails(target(), "an error on the server (\"out of beans\") has prevented the request from");
    server.handle((r, body) -> r.response().setStatusCode(404).end());
    fails(target(), "the server could not find the requested resource");
    server.handle(
        (r, body) ->
            r.response().setStatusCode(307).putHeader("Location", "https://localhost/").end());
    fails(target(), "it answered with a redirect (307), which is not followed");
    assertThat(server.calls()).isEqualTo(3);
  }

  @Test
  void nobodyListens() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    fails(
        target("localhost", port, "/", server.caPem()),
        "Post \"https://localhost:%d/?timeout=20s\": dial tcp: connect: connection refused"
            .formatted(port));
    fails(target("nowhere.invalid", 443, "/", server.caPem()), "no such host");
  }

  @Test
  void readsClientConfigs() throws Exception {
    var json = dev.mokha.api.object.Json.MAPPER;
    WebhookTarget url =
        WebhookTarget.of(
            json.readTree(
                "{\"url\":\"https://[::1]:9443/a?b=c\",\"caBundle\":\"%s\"}"
                    .formatted(server.caBundle())));
    assertThat(url).isEqualTo(target("::1", 9443, "/a?b=c", server.caPem()));
    WebhookTarget service =
        WebhookTarget.of(
            json.readTree(
                "{\"service\":{\"namespace\":\"ns\",\"name\":\"hook\",\"path\":\"/p\"}}"));
    assertThat(service).isEqualTo(new WebhookTarget("hook.ns.svc", 443, "/p", "ns", "hook", ""));
    assertThatThrownBy(() -> WebhookTarget.of(json.readTree("{\"url\":\"http://a/\"}")))
        .hasMessageContaining("not an https URL");
  }

  @Test
  void afterClosingCallsFail() {
    client.close();
    fails(target(), "the server is shutting down");
  }
}
