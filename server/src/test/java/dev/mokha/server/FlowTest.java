package dev.mokha.server;

import static dev.mokha.server.SecureCluster.core;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.store.Store;
import dev.mokha.store.memory.MemoryStore;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Priority and fairness over HTTPS. */
class FlowTest {
  private static final String GROUP = "flowcontrol.apiserver.k8s.io";
  private static final GroupVersionResource SCHEMAS =
      new GroupVersionResource(GROUP, "v1", "flowschemas");
  private static final GroupVersionResource LEVELS =
      new GroupVersionResource(GROUP, "v1", "prioritylevelconfigurations");

  @TempDir private static Path directory;
  private static Store store;
  private static SecureCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    store = MemoryStore.create();
    cluster = new SecureCluster(directory, store);
    for (String user : List.of("greedy", "modest")) {
      cluster.create(
          SecureCluster.rbac("clusterrolebindings"),
          "",
          """
          metadata: {name: %s}
          roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
          subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: %s}]
          """
              .formatted(user, user));
    }
    // Three seats that can neither be lent nor borrowed, and one place to wait.
    cluster.create(
        LEVELS,
        "",
        """
        metadata: {name: narrow}
        spec:
          type: Limited
          limited:
            nominalConcurrencyShares: 1
            borrowingLimitPercent: 0
            limitResponse:
              type: Queue
              queuing: {queues: 1, handSize: 1, queueLengthLimit: 1}
        """);
    cluster.create(
        SCHEMAS,
        "",
        """
        metadata: {name: narrow}
        spec:
          matchingPrecedence: 5
          priorityLevelConfiguration: {name: narrow}
          distinguisherMethod: {type: ByUser}
          rules:
          - subjects: [{kind: User, user: {name: greedy}}]
            resourceRules:
            - {verbs: ["*"], apiGroups: [""], resources: [configmaps], namespaces: ["*"]}
        """);
  }

  @AfterAll
  static void stop() {
    cluster.close();
    store.close();
  }

  /** A request whose body stays open, so that it holds its seat. */
  private static final class Held implements AutoCloseable {
    final SubmissionPublisher<ByteBuffer> body = new SubmissionPublisher<>();
    final CompletableFuture<HttpResponse<String>> answer;

    Held(String user, String name) {
      answer =
          cluster
              .client(user)
              .sendAsync(
                  HttpRequest.newBuilder(uri("/api/v1/namespaces/default/configmaps"))
                      .header("Content-Type", "application/json")
                      .POST(BodyPublishers.fromPublisher(body))
                      .build(),
                  BodyHandlers.ofString());
      await(body::hasSubscribers); // What is submitted before that is lost.
      text("{\"metadata\":{\"name\":\"" + name + "\"}");
    }

    private void text(String part) {
      body.submit(ByteBuffer.wrap(part.getBytes(StandardCharsets.UTF_8)));
    }

    HttpResponse<String> finish() throws Exception {
      text("}");
      body.close();
      return answer.get(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
      body.close();
    }
  }

  private static URI uri(String path) {
    return URI.create("https://localhost:" + cluster.server.address().getPort() + path);
  }

  private static HttpResponse<String> get(String user, String path) throws Exception {
    return cluster
        .client(user)
        .send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString());
  }

  private static double metric(String pattern) throws Exception {
    Matcher m =
        Pattern.compile("(?m)^" + pattern + " (\\S+)$")
            .matcher(get(SecureCluster.ADMIN, "/metrics").body());
    return m.find() ? Double.parseDouble(m.group(1)) : 0;
  }

  private interface Check {
    boolean holds() throws Exception;
  }

  private static void await(Check check) {
    BooleanSupplier holds =
        () -> {
          try {
            return check.holds();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        };
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!holds.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  @Test
  void aFloodWaitsAndIsTurnedAwayWhileOthersAreServed() throws Exception {
    List<Held> held = new ArrayList<>();
    try {
      for (int i = 0; i < 3; i++) {
        held.add(new Held("greedy", "held" + i));
      }
      String labels = "\\{flow_schema=\"narrow\",priority_level=\"narrow\"\\}";
      await(() -> metric("apiserver_flowcontrol_current_executing_requests" + labels) == 3);
      Held waiting = new Held("greedy", "waiting");
      held.add(waiting);
      await(() -> metric("apiserver_flowcontrol_current_inqueue_requests" + labels) == 1);
      assertThat(waiting.answer).isNotDone();

      HttpResponse<String> refused = get("greedy", "/api/v1/namespaces/default/configmaps/x");
      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(refused.headers().firstValue("Retry-After")).contains("1");
      assertThat(refused.body()).isEqualTo("Too many requests, please try again later.\n");
      assertThat(refused.headers().firstValue("X-Kubernetes-PF-PriorityLevel-UID"))
          .contains(cluster.own().get(LEVELS, "", "narrow", "").uid());

      assertThat(get("modest", "/api/v1/namespaces/default").statusCode()).isEqualTo(200);
      assertThat(get("greedy", "/api/v1/namespaces/default").statusCode())
          .as("another level")
          .isEqualTo(200);
      assertThat(get(SecureCluster.ANONYMOUS, "/readyz").body()).isEqualTo("ok");

      HttpResponse<String> first = held.get(0).finish();
      assertThat(first.statusCode()).as(first.body()).isEqualTo(201);
      HttpResponse<String> later = waiting.finish();
      assertThat(later.statusCode()).as(later.body()).isEqualTo(201);
      assertThat(later.body()).contains("\"waiting\"");
      assertThat(get("greedy", "/api/v1/namespaces/default/configmaps/waiting").statusCode())
          .isEqualTo(200);
    } finally {
      held.forEach(Held::close);
    }
    assertThat(
            metric(
                "apiserver_flowcontrol_rejected_requests_total\\{flow_schema=\"narrow\","
                    + "priority_level=\"narrow\",reason=\"queue-full\"\\}"))
        .isEqualTo(1);
  }

  @Test
  void theResponseNamesSchemaAndLevel() throws Exception {
    HttpResponse<String> answer = get("modest", "/api/v1/namespaces/default");
    assertThat(answer.headers().firstValue("X-Kubernetes-PF-FlowSchema-UID"))
        .contains(cluster.own().get(SCHEMAS, "", "global-default", "").uid());
    assertThat(answer.headers().firstValue("X-Kubernetes-PF-PriorityLevel-UID"))
        .contains(cluster.own().get(LEVELS, "", "global-default", "").uid());
  }

  @Test
  void aChangeHoldsForTheNextRequest() throws Exception {
    KubeObject made =
        cluster.create(
            SCHEMAS,
            "",
            """
            metadata: {name: by-path}
            spec:
              matchingPrecedence: 6
              priorityLevelConfiguration: {name: workload-low}
              rules:
              - subjects: [{kind: Group, group: {name: "system:authenticated"}}]
                nonResourceRules: [{verbs: [get], nonResourceURLs: ["/version*"]}]
            """);
    assertThat(get("modest", "/version").headers().firstValue("X-Kubernetes-PF-FlowSchema-UID"))
        .contains(made.uid());
    cluster.own().delete(SCHEMAS, "", "by-path", ApiClient.DeleteOptions.DEFAULT);
    assertThat(get("modest", "/version").headers().firstValue("X-Kubernetes-PF-FlowSchema-UID"))
        .contains(cluster.own().get(SCHEMAS, "", "global-default", "").uid());
  }

  @Test
  void aSchemaOfAMissingLevelDanglesAndMatchesNothing() throws Exception {
    cluster.create(
        SCHEMAS,
        "",
        """
        metadata: {name: dangling}
        spec:
          matchingPrecedence: 7
          priorityLevelConfiguration: {name: to-come}
          rules:
          - subjects: [{kind: User, user: {name: modest}}]
            nonResourceRules: [{verbs: ["*"], nonResourceURLs: ["*"]}]
        """);
    await(() -> dangling().equals("True NotFound"));
    assertThat(get("modest", "/version").headers().firstValue("X-Kubernetes-PF-FlowSchema-UID"))
        .contains(cluster.own().get(SCHEMAS, "", "global-default", "").uid());
    cluster.create(
        LEVELS,
        "",
        """
        metadata: {name: to-come}
        spec: {type: Limited, limited: {limitResponse: {type: Reject}}}
        """);
    await(() -> dangling().equals("False Found"));
    assertThat(get("modest", "/version").headers().firstValue("X-Kubernetes-PF-FlowSchema-UID"))
        .contains(cluster.own().get(SCHEMAS, "", "dangling", "").uid());
    cluster.own().delete(SCHEMAS, "", "dangling", ApiClient.DeleteOptions.DEFAULT);
    cluster.own().delete(LEVELS, "", "to-come", ApiClient.DeleteOptions.DEFAULT);
  }

  private static String dangling() {
    JsonNode condition =
        cluster
            .own()
            .get(SCHEMAS, "", "dangling", "")
            .toTree()
            .path("status")
            .path("conditions")
            .path(0);
    return condition.path("status").asString("") + " " + condition.path("reason").asString("");
  }

  @Test
  void theInitialObjectsHaveTheirConditions() {
    await(
        () ->
            cluster.own().list(SCHEMAS, "", dev.mokha.client.ListOptions.ALL).items().stream()
                .filter(s -> !s.name().equals("dangling"))
                .allMatch(
                    s ->
                        s.toTree()
                            .path("status")
                            .path("conditions")
                            .path(0)
                            .path("status")
                            .asString("")
                            .equals("False")));
  }

  @Test
  void theMandatoryObjectsCantBeChanged() {
    assertThat(cluster.own().find(core("namespaces"), "", "default")).isPresent();
    org.assertj.core.api.Assertions.assertThatThrownBy(
            () ->
                cluster
                    .own()
                    .patch(
                        LEVELS,
                        "",
                        "catch-all",
                        "",
                        ApiClient.PatchType.MERGE,
                        "{\"spec\":{\"limited\":{\"nominalConcurrencyShares\":9}}}"
                            .getBytes(StandardCharsets.UTF_8),
                        false))
        .hasMessageContaining("spec of 'catch-all' must equal the fixed value");
  }
}
