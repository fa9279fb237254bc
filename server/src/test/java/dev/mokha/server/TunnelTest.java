package dev.mokha.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.server.http.TlsMaterial;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.TrustOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Log, exec and the like, through the server to something that speaks like a kubelet. */
class TunnelTest {
  @TempDir static Path directory;
  private static TestCluster cluster;
  private static Vertx vertx;
  private static HttpServer kubelet;

  @BeforeAll
  static void start() throws Exception {
    cluster = new TestCluster(directory).with("tunnel");
    vertx = Vertx.vertx();
    kubelet =
        vertx
            .createHttpServer(
                new HttpServerOptions()
                    .setHost("127.0.0.1")
                    .setSsl(true)
                    .setClientAuth(ClientAuth.REQUIRED)
                    .setKeyCertOptions(
                        KeyCertOptions.wrap(
                            TlsMaterial.keys(
                                cluster.pki.kubeletServing("n1", List.of("127.0.0.1")))))
                    .setTrustOptions(
                        TrustOptions.wrap(
                            TlsMaterial.trust(List.of(cluster.pki.authority().certificate())))))
            .requestHandler(
                request -> {
                  if (request.headers().contains("Upgrade")) {
                    request.response().putHeader("Upgrade", request.getHeader("Upgrade"));
                    request.response().putHeader("Connection", "Upgrade");
                    request.response().putHeader("X-Path", request.uri());
                    request.toNetSocket().onSuccess(TunnelTest::echo);
                  } else {
                    request.response().end("kubelet says " + request.uri());
                  }
                })
            .listen(0)
            .toCompletionStage()
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
    create(
        "nodes",
        "",
        """
        {"metadata":{"name":"n1"},"status":{"addresses":[{"type":"InternalIP","address":"127.0.0.1"}],
         "daemonEndpoints":{"kubeletEndpoint":{"Port":%d}}}}\
        """
            .formatted(kubelet.actualPort()));
    create("serviceaccounts", "tunnel", "{\"metadata\":{\"name\":\"default\"}}");
    create(
        "pods",
        "tunnel",
        """
        {"metadata":{"name":"p"},"spec":{"nodeName":"n1","containers":[{"name":"c","image":"i"}]}}\
        """);
  }

  private static void echo(NetSocket socket) {
    socket.handler(socket::write);
  }

  private static void create(String resource, String namespace, String json) {
    cluster
        .admin()
        .create(
            new GroupVersionResource("", "v1", resource),
            namespace,
            "",
            "",
            KubeObject.parse(json.getBytes(StandardCharsets.UTF_8)));
  }

  @AfterAll
  static void stop() throws Exception {
    if (vertx != null) {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
    cluster.close();
  }

  @Test
  void aLogComesFromTheNode() throws IOException {
    HttpResponse<String> log =
        cluster.get("/api/v1/namespaces/tunnel/pods/p/log?tailLines=5&follow=true");

    assertThat(log.body())
        .isEqualTo("kubelet says /containerLogs/tunnel/p/c?follow=true&tailLines=5");
  }

  @Test
  void aNodesOwnPathsAreReachedThroughIt() throws IOException {
    assertThat(cluster.get("/api/v1/nodes/n1/proxy/stats/summary?x=1").body())
        .isEqualTo("kubelet says /stats/summary?x=1");
  }

  @Test
  void anUpgradedConnectionCarriesBytesBothWays() throws Exception {
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(
        new KeyManager[] {TlsMaterial.keys(cluster.pki.admin())},
        new TrustManager[] {TlsMaterial.trust(List.of(cluster.pki.authority().certificate()))},
        null);
    try (SSLSocket socket =
        (SSLSocket)
            tls.getSocketFactory().createSocket("localhost", cluster.server.address().getPort())) {
      socket.setSoTimeout(10_000);
      OutputStream out = socket.getOutputStream();
      out.write(
          """
          POST /api/v1/namespaces/tunnel/pods/p/exec?command=sh&command=-c&stdin=true&stdout=true HTTP/1.1\r
          Host: localhost\r
          Connection: Upgrade\r
          Upgrade: SPDY/3.1\r
          \r
          """
              .getBytes(StandardCharsets.UTF_8));
      out.flush();
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
      assertThat(in.readLine()).startsWith("HTTP/1.1 101");
      StringBuilder head = new StringBuilder();
      for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
        head.append(line).append('\n');
      }
      assertThat(head.toString().toLowerCase(Locale.ROOT))
          .contains("upgrade: spdy/3.1")
          .contains("x-path: /exec/tunnel/p/c?")
          .contains("command=sh&command=-c");
      out.write("hello\n".getBytes(StandardCharsets.UTF_8));
      out.flush();
      assertThat(in.readLine()).isEqualTo("hello");
    }
  }
}
