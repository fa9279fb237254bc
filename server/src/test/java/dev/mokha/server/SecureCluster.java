package dev.mokha.server;

import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.server.audit.AuditConfig;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.bootstrap.ClusterSettings;
import dev.mokha.server.bootstrap.StandardStages;
import dev.mokha.server.encryption.Encryption;
import dev.mokha.server.http.TlsMaterial;
import dev.mokha.server.pki.ClusterPki;
import dev.mokha.server.pki.KeyAndCertificates;
import dev.mokha.server.pki.Subject;
import dev.mokha.store.Store;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** A server with the standard stages over a given store, and clients of many identities. */
final class SecureCluster implements AutoCloseable {
  static final String ANONYMOUS = "";
  static final String ADMIN = "admin";

  /** An answer over HTTPS. */
  record Answer(int code, JsonNode body, List<String> warnings) {
    String message() {
      return body.path("message").asString("");
    }
  }

  final ClusterPki pki;
  final StandardStages stages;
  final ApiServer server;
  private final Map<String, HttpClient> clients = new HashMap<>();

  SecureCluster(Path directory, Store store) throws IOException {
    this(directory, store, Encryption.NONE, null);
  }

  SecureCluster(Path directory, Store store, Encryption encryption) throws IOException {
    this(directory, store, encryption, null);
  }

  SecureCluster(Path directory, Store store, Encryption encryption, AuditConfig audit)
      throws IOException {
    pki = ClusterPki.open(directory, Clock.systemUTC());
    stages =
        new StandardStages(
            pki,
            new ClusterSettings("192.0.2.7", 6443, "10.43.0.1", "10.43.0.0/16", "cluster.local"),
            Clock.systemUTC());
    server =
        ApiServer.start(
            ServerConfig.builder(store, pki.server(List.of(), "10.43.0.1", "cluster.local"), stages)
                .encryption(encryption)
                .audit(audit)
                .build());
  }

  /** What the server itself may do: everything. */
  ApiClient own() {
    return server.client(UserInfo.SERVER, "test");
  }

  ApiClient as(String user, String... groups) {
    return server.client(UserInfo.authenticated(user, List.of(groups)), "test");
  }

  static GroupVersionResource core(String resource) {
    return new GroupVersionResource("", "v1", resource);
  }

  static GroupVersionResource rbac(String resource) {
    return new GroupVersionResource("rbac.authorization.k8s.io", "v1", resource);
  }

  static ObjectNode yaml(String text) {
    return (ObjectNode) new YAMLMapper().readTree(text);
  }

  KubeObject create(GroupVersionResource resource, String namespace, String yaml) {
    return create(own(), resource, namespace, yaml);
  }

  static KubeObject create(
      ApiClient client, GroupVersionResource resource, String namespace, String yaml) {
    return client.create(resource, namespace, "", "", KubeObject.of(yaml(yaml)));
  }

  /** A client that shows a certificate of that user, or none. */
  HttpClient client(String user, String... groups) {
    return clients.computeIfAbsent(
        user,
        u -> {
          try {
            KeyManager[] keys = null;
            if (!u.equals(ANONYMOUS)) {
              KeyAndCertificates pair =
                  u.equals(ADMIN)
                      ? pki.admin()
                      : pki.authority().issue(Subject.client(u, groups), Duration.ofHours(1));
              keys = new KeyManager[] {TlsMaterial.keys(pair)};
            }
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(
                keys,
                new TrustManager[] {TlsMaterial.trust(List.of(pki.authority().certificate()))},
                null);
            return HttpClient.newBuilder().sslContext(tls).build();
          } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  Answer send(String user, String method, String path, JsonNode body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("https://localhost:" + server.address().getPort() + path))
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(Json.bytes(body)));
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    for (int i = 0; i < headers.length; i += 2) {
      request.setHeader(headers[i], headers[i + 1]);
    }
    HttpResponse<String> response =
        client(user).send(request.build(), HttpResponse.BodyHandlers.ofString());
    JsonNode tree =
        response.body().startsWith("{")
            ? Json.MAPPER.readTree(response.body())
            : Json.MAPPER.createObjectNode();
    return new Answer(response.statusCode(), tree, response.headers().allValues("Warning"));
  }

  Answer get(String user, String path, String... headers) throws Exception {
    return send(user, "GET", path, null, headers);
  }

  Answer post(String user, String path, String yaml, String... headers) throws Exception {
    return send(user, "POST", path, yaml(yaml), headers);
  }

  @Override
  public void close() {
    clients.values().forEach(HttpClient::close);
    server.close();
  }
}
