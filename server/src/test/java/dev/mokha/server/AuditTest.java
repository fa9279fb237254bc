package dev.mokha.server;

import static dev.mokha.server.SecureCluster.ADMIN;
import static dev.mokha.server.SecureCluster.ANONYMOUS;
import static dev.mokha.server.SecureCluster.core;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.object.Json;
import dev.mokha.server.audit.AuditConfig;
import dev.mokha.server.audit.AuditPolicy;
import dev.mokha.server.audit.Rotation;
import dev.mokha.server.encryption.Encryption;
import dev.mokha.store.Store;
import dev.mokha.store.memory.MemoryStore;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class AuditTest {
  private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

  @TempDir private Path directory;

  private interface Work {
    void run(SecureCluster cluster) throws Exception;
  }

  /** Runs against a server, closes it, and reads what was written. */
  private List<JsonNode> events(AuditPolicy policy, Work work) throws Exception {
    Path file = directory.resolve("log/audit.log");
    try (Store store = MemoryStore.create();
        SecureCluster cluster =
            new SecureCluster(
                directory.resolve("pki"),
                store,
                Encryption.NONE,
                new AuditConfig(policy, file, Rotation.DEFAULT))) {
      work.run(cluster);
    }
    List<JsonNode> events = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      events.add(Json.MAPPER.readTree(line));
    }
    return events;
  }

  private static AuditPolicy policy(String rules) {
    return AuditPolicy.parse(
        ("apiVersion: audit.k8s.io/v1\nkind: Policy\n" + rules).getBytes(StandardCharsets.UTF_8));
  }

  private static List<JsonNode> of(List<JsonNode> events, String uri) {
    return events.stream().filter(e -> e.path("requestURI").asString("").equals(uri)).toList();
  }

  @Test
  void aWriteIsKeptWithWhoWhatAndHowItEnded() throws Exception {
    List<JsonNode> all =
        events(
            AuditPolicy.standard(),
            cluster -> {
              cluster.post(
                  ADMIN,
                  CONFIG_MAPS,
                  "metadata: {name: a}",
                  "User-Agent",
                  "tester/1.0",
                  "Audit-ID",
                  "my-own-id",
                  "X-Forwarded-For",
                  "203.0.113.9");
              cluster.get(ADMIN, CONFIG_MAPS + "/a");
              cluster.get(ADMIN, "/version");
            });
    List<JsonNode> events = of(all, CONFIG_MAPS);
    assertThat(events).hasSize(1);
    JsonNode e = events.get(0);
    assertThat(e.path("kind").asString()).isEqualTo("Event");
    assertThat(e.path("apiVersion").asString()).isEqualTo("audit.k8s.io/v1");
    assertThat(e.path("level").asString()).isEqualTo("Metadata");
    assertThat(e.path("stage").asString()).isEqualTo("ResponseComplete");
    assertThat(e.path("auditID").asString()).isEqualTo("my-own-id");
    assertThat(e.path("verb").asString()).isEqualTo("create");
    assertThat(e.path("user").path("username").asString()).isEqualTo("kubernetes-admin");
    assertThat(e.path("user").path("groups").toString()).contains("system:masters");
    assertThat(e.path("sourceIPs").toString()).isEqualTo("[\"203.0.113.9\",\"127.0.0.1\"]");
    assertThat(e.path("userAgent").asString()).isEqualTo("tester/1.0");
    assertThat(e.path("objectRef").toString())
        .isEqualTo(
            "{\"resource\":\"configmaps\",\"namespace\":\"default\",\"name\":\"a\","
                + "\"apiVersion\":\"v1\"}");
    assertThat(e.path("responseStatus").toString()).isEqualTo("{\"metadata\":{},\"code\":201}");
    assertThat(e.path("annotations").path("authorization.k8s.io/decision").asString())
        .isEqualTo("allow");
    assertThat(e.path("requestReceivedTimestamp").asString())
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z");
    assertThat(e.has("requestObject")).isFalse();
    assertThat(of(all, CONFIG_MAPS + "/a")).isEmpty();
    assertThat(of(all, "/version")).isEmpty();
  }

  @Test
  void aRefusalAndAFailureSayWhy() throws Exception {
    List<JsonNode> all =
        events(
            policy("omitStages: [RequestReceived]\nrules: [{level: Metadata}]\n"),
            cluster -> {
              cluster.get(ANONYMOUS, CONFIG_MAPS);
              cluster.get(ADMIN, CONFIG_MAPS + "/missing");
              cluster.get(ADMIN, "/api/v1/nonsense");
              cluster.get(ANONYMOUS, "/api", "Authorization", "Bearer forged");
            });
    JsonNode refused = of(all, CONFIG_MAPS).get(0);
    assertThat(refused.path("annotations").path("authorization.k8s.io/decision").asString())
        .isEqualTo("forbid");
    assertThat(refused.path("responseStatus").path("code").asInt()).isEqualTo(403);
    assertThat(refused.path("responseStatus").path("reason").asString()).isEqualTo("Forbidden");
    JsonNode missing = of(all, CONFIG_MAPS + "/missing").get(0);
    assertThat(missing.path("responseStatus").path("reason").asString()).isEqualTo("NotFound");
    assertThat(of(all, "/api/v1/nonsense")).hasSize(1);
    JsonNode forged = of(all, "/api").get(0);
    assertThat(forged.path("responseStatus").path("code").asInt()).isEqualTo(401);
    assertThat(forged.path("user").toString()).doesNotContain("system:anonymous");
  }

  @Test
  void bodiesAreKeptWhereThePolicyAsks() throws Exception {
    List<JsonNode> all =
        events(
            policy(
                """
                rules:
                - {level: RequestResponse, omitManagedFields: true, verbs: [create, patch]}
                - {level: None}
                """),
            cluster -> {
              cluster.post(ADMIN, CONFIG_MAPS, "{metadata: {name: b}, data: {k: v}}");
              cluster.send(
                  ADMIN,
                  "PATCH",
                  CONFIG_MAPS + "/b",
                  SecureCluster.yaml("data: {k: w}"),
                  "Content-Type",
                  "application/merge-patch+json");
              cluster.send(
                  ADMIN,
                  "PATCH",
                  CONFIG_MAPS + "/c?fieldManager=f",
                  // Any JSON is YAML.
                  SecureCluster.yaml(
                      "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {k: y}}"),
                  "Content-Type",
                  "application/apply-patch+yaml");
            });
    List<JsonNode> created = of(all, CONFIG_MAPS);
    assertThat(created.stream().map(e -> e.path("stage").asString()))
        .containsExactly("RequestReceived", "ResponseComplete");
    assertThat(created.get(0).has("responseStatus")).isFalse();
    JsonNode done = created.get(1);
    assertThat(done.path("requestObject").path("data").path("k").asString()).isEqualTo("v");
    assertThat(done.path("requestObject").path("metadata").has("uid")).isFalse();
    assertThat(done.path("responseObject").path("metadata").path("uid").asString())
        .isEqualTo(done.path("objectRef").path("uid").asString())
        .isNotEmpty();
    assertThat(done.path("responseObject").path("metadata").has("managedFields")).isFalse();
    JsonNode patched = of(all, CONFIG_MAPS + "/b").get(1);
    assertThat(patched.path("requestObject").toString()).isEqualTo("{\"data\":{\"k\":\"w\"}}");
    JsonNode applied = of(all, CONFIG_MAPS + "/c?fieldManager=f").get(1);
    assertThat(applied.path("responseStatus").path("code").asInt()).isEqualTo(201);
    assertThat(applied.path("requestObject").path("data").toString()).isEqualTo("{\"k\":\"y\"}");
  }

  @Test
  void aWatchHasABeginningAndAnEnd() throws Exception {
    String uri = CONFIG_MAPS + "?watch=true&timeoutSeconds=1";
    List<JsonNode> all =
        events(policy("rules: [{level: Metadata}]\n"), cluster -> cluster.get(ADMIN, uri));
    assertThat(of(all, uri).stream().map(e -> e.path("stage").asString()))
        .containsExactly("RequestReceived", "ResponseStarted", "ResponseComplete");
  }

  @Test
  void whoeverActsAsAnotherIsKeptAsBoth() throws Exception {
    List<JsonNode> all =
        events(
            policy("omitStages: [RequestReceived]\nrules: [{level: Metadata}]\n"),
            cluster -> cluster.get(ADMIN, CONFIG_MAPS, "Impersonate-User", "bob"));
    JsonNode e = of(all, CONFIG_MAPS).get(0);
    assertThat(e.path("user").path("username").asString()).isEqualTo("kubernetes-admin");
    assertThat(e.path("impersonatedUser").path("username").asString()).isEqualTo("bob");
  }

  @Test
  void callsFromThisProcessAndFactsOfAdmissionAreKept() throws Exception {
    List<JsonNode> all =
        events(
            AuditPolicy.standard(),
            cluster -> {
              cluster.create(core("serviceaccounts"), "default", "metadata: {name: default}");
              cluster.create(
                  core("pods"),
                  "default",
                  """
                  metadata: {name: p}
                  spec: {containers: [{name: c, image: i}]}
                  """);
            });
    JsonNode e = of(all, "/api/v1/namespaces/default/pods").get(0);
    assertThat(e.path("user").path("username").asString()).isEqualTo("system:apiserver");
    assertThat(e.path("annotations").path("pod-security.kubernetes.io/enforce-policy").asString())
        .isEqualTo("privileged:latest");
  }

  @Test
  void everyAnswerNamesItsEvent() throws Exception {
    try (Store store = MemoryStore.create();
        SecureCluster cluster = new SecureCluster(directory.resolve("pki"), store)) {
      HttpResponse<Void> response =
          cluster
              .client(ANONYMOUS)
              .send(
                  HttpRequest.newBuilder(
                          URI.create(
                              "https://localhost:"
                                  + cluster.server.address().getPort()
                                  + "/version"))
                      .build(),
                  HttpResponse.BodyHandlers.discarding());
      assertThat(response.headers().firstValue("Audit-ID").orElseThrow())
          .matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
    }
  }
}
