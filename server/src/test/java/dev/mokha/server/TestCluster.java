package dev.mokha.server;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.bootstrap.ClusterSettings;
import dev.mokha.server.bootstrap.StandardStages;
import dev.mokha.server.http.TlsMaterial;
import dev.mokha.server.pki.ClusterPki;
import dev.mokha.store.Store;
import dev.mokha.store.memory.MemoryStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.util.List;
import java.util.function.UnaryOperator;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/** A server over a store in memory, and clients of it. */
final class TestCluster implements AutoCloseable {
  private static final ClusterSettings SETTINGS =
      new ClusterSettings("192.0.2.1", 6443, "10.43.0.1", "10.43.0.0/16", "cluster.local");

  final ClusterPki pki;
  final Store store = MemoryStore.create();
  final ApiServer server;
  private final HttpClient http;

  TestCluster(Path directory) throws IOException {
    this(directory, config -> config);
  }

  /** With settings of its own. */
  TestCluster(Path directory, UnaryOperator<ServerConfig.Builder> settings) throws IOException {
    pki = ClusterPki.open(directory, Clock.systemUTC());
    server =
        ApiServer.start(
            settings
                .apply(
                    ServerConfig.builder(
                        store,
                        pki.server(List.of(), "10.43.0.1", "cluster.local"),
                        new StandardStages(pki, SETTINGS, Clock.systemUTC())))
                .build());
    http = client(new KeyManager[] {TlsMaterial.keys(pki.admin())});
  }

  HttpClient client(KeyManager[] keys) {
    try {
      SSLContext tls = SSLContext.getInstance("TLS");
      tls.init(
          keys,
          new TrustManager[] {TlsMaterial.trust(List.of(pki.authority().certificate()))},
          null);
      return HttpClient.newBuilder().sslContext(tls).build();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  ApiClient admin() {
    return server.client(UserInfo.SERVER, "test");
  }

  /** Makes namespaces. */
  TestCluster with(String... namespaces) {
    for (String name : namespaces) {
      admin()
          .create(
              new GroupVersionResource("", "v1", "namespaces"),
              "",
              "",
              "",
              KubeObject.parse(
                  ("{\"metadata\":{\"name\":\"" + name + "\"}}").getBytes(StandardCharsets.UTF_8)));
    }
    return this;
  }

  URI uri(String path) {
    return URI.create("https://localhost:" + server.address().getPort() + path);
  }

  HttpResponse<String> send(HttpRequest.Builder request) throws IOException {
    try {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  HttpResponse<String> get(String path) throws IOException {
    return send(HttpRequest.newBuilder(uri(path)));
  }

  HttpResponse<String> send(String method, String path, String type, String body)
      throws IOException {
    return send(
        HttpRequest.newBuilder(uri(path))
            .header("Content-Type", type)
            .method(method, HttpRequest.BodyPublishers.ofString(body)));
  }

  HttpResponse<String> post(String path, String body) throws IOException {
    return send("POST", path, "application/json", body);
  }

  /** A connection of HTTP/1.1 to write to by hand, as the administrator. */
  SSLSocket socket() throws IOException {
    try {
      SSLContext tls = SSLContext.getInstance("TLS");
      tls.init(
          new KeyManager[] {TlsMaterial.keys(pki.admin())},
          new TrustManager[] {TlsMaterial.trust(List.of(pki.authority().certificate()))},
          null);
      SSLSocket socket =
          (SSLSocket)
              tls.getSocketFactory()
                  .createSocket(InetAddress.getLoopbackAddress(), server.address().getPort());
      socket.setSoTimeout(30_000);
      return socket;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  HttpClient http() {
    return http;
  }

  @Override
  public void close() {
    http.close();
    server.close();
    store.close();
  }
}
