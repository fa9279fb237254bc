package dev.mokha.server;

import static dev.mokha.server.SecureCluster.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.object.Json;
import dev.mokha.server.SecureCluster.Answer;
import dev.mokha.server.webhook.WebhookServer;
import dev.mokha.store.Store;
import dev.mokha.store.memory.MemoryStore;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What webhooks make of requests, and what the server makes of webhooks. */
final class WebhookAdmissionTest {
  private static final String CONFIGS = "/apis/admissionregistration.k8s.io/v1/";
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";

  private static Store store;
  private static SecureCluster cluster;
  private static WebhookServer server;

  private final Queue<JsonNode> reviews = new ConcurrentLinkedQueue<>();

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    store = MemoryStore.create();
    cluster = new SecureCluster(directory, store);
    server = new WebhookServer(List.of("localhost", "hook.default.svc"), (r, b) -> {});
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
    cluster.close();
    store.close();
  }

  @BeforeEach
  void allow() {
    answers(request -> allowed());
  }

  @AfterEach
  void tidy() throws Exception {
    for (String kind : List.of("mutating", "validating")) {
      cluster.send(ADMIN, "DELETE", CONFIGS + kind + "webhookconfigurations", null);
    }
  }

  /** Answers every review with a response made of its request. */
  private void answers(Function<JsonNode, ObjectNode> response) {
    server.handle(
        (r, body) -> {
          ObjectNode review = Json.parseObject(body);
          reviews.add(((ObjectNode) review.path("request")).put("at", r.path()));
          ObjectNode answer = Json.MAPPER.createObjectNode();
          answer.put("kind", "AdmissionReview");
          answer.set("apiVersion", review.path("apiVersion"));
          ObjectNode made = response.apply(review.path("request"));
          if (!made.has("uid")) {
            made.set("uid", review.path("request").path("uid"));
          }
          answer.set("response", made);
          r.response().end(Buffer.buffer(Json.bytes(answer)));
        });
  }

  private static ObjectNode allowed() {
    return Json.MAPPER.createObjectNode().put("allowed", true);
  }

  private static ObjectNode patched(String patch) {
    return allowed()
        .put("patchType", "JSONPatch")
        .put("patch", Base64.getEncoder().encodeToString(patch.getBytes(StandardCharsets.UTF_8)));
  }

  private static ObjectNode denied(String status) {
    ObjectNode response = Json.MAPPER.createObjectNode().put("allowed", false);
    if (!status.isEmpty()) {
      response.set("status", SecureCluster.yaml(status));
    }
    return response;
  }

  private static String hook(String name, String more) {
    return hook(name, "CREATE", "configmaps", more);
  }

  private static String hook(String name, String operation, String resource, String more) {
    return """
    {name: %s.test.dev, sideEffects: None, admissionReviewVersions: [v1],
     clientConfig: {url: "https://localhost:%d/%s", caBundle: %s},
     rules: [{operations: ["%s"], apiGroups: ["*"], apiVersions: ["*"], resources: ["%s"]}],
     timeoutSeconds: 5 %s}\
    """
        .formatted(
            name,
            server.port(),
            name,
            server.caBundle(),
            operation,
            resource,
            more.isEmpty() ? "" : ", " + more);
  }

  private static void configure(String kind, String name, String... hooks) throws Exception {
    Answer made =
        cluster.post(
            ADMIN,
            CONFIGS + kind.toLowerCase(java.util.Locale.ROOT) + "webhookconfigurations",
            "{apiVersion: admissionregistration.k8s.io/v1, kind: %sWebhookConfiguration, metadata: {name: %s}, webhooks: [%s]}"
                .formatted(kind, name, String.join(", ", hooks)));
    assertThat(made.code()).as(made.message()).isEqualTo(201);
  }

  private static Answer create(String name) throws Exception {
    return create(name, "");
  }

  private static Answer create(String name, String labels) throws Exception {
    return cluster.post(
        ADMIN,
        MAPS,
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: %s, labels: {%s}}, data: {a: b}}"
            .formatted(name, labels));
  }

  @Test
  void aMutatingWebhookChangesTheObjectAtOnce() throws Exception {
    configure("Mutating", "m1", hook("first", ""));
    answers(r -> patched("[{\"op\":\"add\",\"path\":\"/data/from\",\"value\":\"hook\"}]"));
    Answer made = create("mutated");
    assertThat(made.code()).isEqualTo(201);
    assertThat(made.body().at("/data/from").asString()).isEqualTo("hook");
    JsonNode request = reviews.poll();
    assertThat(request.at("/kind/kind").asString()).isEqualTo("ConfigMap");
    assertThat(request.at("/requestResource/resource").asString()).isEqualTo("configmaps");
    assertThat(request.path("operation").asString()).isEqualTo("CREATE");
    assertThat(request.path("namespace").asString()).isEqualTo("default");
    assertThat(request.path("name").asString()).isEqualTo("mutated");
    assertThat(request.at("/object/data/a").asString()).isEqualTo("b");
    assertThat(request.at("/object/apiVersion").asString()).isEqualTo("v1");
    assertThat(request.path("oldObject").isNull()).isTrue();
    assertThat(request.at("/options/kind").asString()).isEqualTo("CreateOptions");
    assertThat(request.at("/userInfo/groups").toString()).contains("system:masters");
  }

  @Test
  void webhooksRunInTheOrderOfTheirNamesAndSeeWhatOthersDid() throws Exception {
    configure("Mutating", "b", hook("second", ""));
    configure("Mutating", "a", hook("first", ""));
    answers(
        r ->
            r.path("object").path("data").has("first")
                ? patched("[{\"op\":\"add\",\"path\":\"/data/second\",\"value\":\"2\"}]")
                : patched("[{\"op\":\"add\",\"path\":\"/data/first\",\"value\":\"1\"}]"));
    assertThat(create("ordered").body().path("data").toString())
        .isEqualTo("{\"a\":\"b\",\"first\":\"1\",\"second\":\"2\"}");
    assertThat(reviews.stream().map(r -> r.path("at").asString()))
        .containsExactly("/first", "/second");
  }

  @Test
  void anEarlierWebhookRunsAgainWhenItWishes() throws Exception {
    configure(
        "Mutating",
        "m",
        hook("first", "reinvocationPolicy: IfNeeded"),
        hook("second", ""),
        hook("third", "reinvocationPolicy: IfNeeded"));
    answers(
        r ->
            r.path("at").asString().equals("/second")
                ? patched("[{\"op\":\"add\",\"path\":\"/data/second\",\"value\":\"2\"}]")
                : allowed());
    assertThat(create("again").code()).isEqualTo(201);
    assertThat(reviews.stream().map(r -> r.path("at").asString()))
        .containsExactly("/first", "/second", "/third", "/first");
  }

  @Test
  void whatAWebhookAddsIsPrunedDefaultedAndValidated() throws Exception {
    configure("Mutating", "m", hook("first", "CREATE", "services", ""));
    String service =
        "{apiVersion: v1, kind: Service, metadata: {name: %s}, spec: {ports: [{port: 80}]}}";
    answers(
        r ->
            patched(
                """
                [{"op":"add","path":"/spec/ports/-","value":{"port":81,"name":"b","nonsense":1}},
                 {"op":"add","path":"/spec/ports/0/name","value":"a"}]
                """));
    Answer made =
        cluster.post(ADMIN, "/api/v1/namespaces/default/services", service.formatted("s1"));
    assertThat(made.body().at("/spec/ports/1").toString())
        .isEqualTo("{\"port\":81,\"name\":\"b\",\"targetPort\":81,\"protocol\":\"TCP\"}");
    answers(r -> patched("[{\"op\":\"replace\",\"path\":\"/spec/ports/0/port\",\"value\":70000}]"));
    Answer invalid =
        cluster.post(ADMIN, "/api/v1/namespaces/default/services", service.formatted("s2"));
    assertThat(invalid.code()).isEqualTo(422);
    answers(r -> patched("[{\"op\":\"replace\",\"path\":\"/spec/ports\",\"value\":7}]"));
    Answer nonsense =
        cluster.post(ADMIN, "/api/v1/namespaces/default/services", service.formatted("s3"));
    assertThat(nonsense.code()).isEqualTo(500);
    answers(
        r ->
            patched(
                "[{\"op\":\"add\",\"path\":\"/metadata/namespace\",\"value\":\"kube-system\"}]"));
    Answer moved =
        cluster.post(ADMIN, "/api/v1/namespaces/default/services", service.formatted("s4"));
    assertThat(moved.code()).isEqualTo(400);
    assertThat(moved.message())
        .isEqualTo(
            "the namespace of the provided object does not match the namespace sent on the"
                + " request");
  }

  @Test
  void aRefusalIsToldInTheWebhooksWords() throws Exception {
    configure("Validating", "v", hook("deny", ""));
    answers(r -> denied("{message: the configmap contains unwanted key and value}"));
    Answer refused = create("refused");
    assertThat(refused.code()).isEqualTo(400);
    assertThat(refused.message())
        .isEqualTo(
            "admission webhook \"deny.test.dev\" denied the request: the configmap contains"
                + " unwanted key and value");
    answers(r -> denied("{code: 418, reason: Teapot, details: {name: kettle}}"));
    refused = create("refused");
    assertThat(refused.code()).isEqualTo(418);
    assertThat(refused.body().path("reason").asString()).isEqualTo("Teapot");
    assertThat(refused.body().at("/details/name").asString()).isEqualTo("kettle");
    assertThat(refused.body().path("status").asString()).isEqualTo("Failure");
    assertThat(refused.message())
        .isEqualTo("admission webhook \"deny.test.dev\" denied the request: Teapot");
    answers(r -> denied(""));
    assertThat(create("refused").message())
        .isEqualTo("admission webhook \"deny.test.dev\" denied the request without explanation");
    answers(r -> denied("{code: 200, status: Success, message: fine}"));
    assertThat(create("refused").code()).isEqualTo(400);
    assertThat(cluster.get(ADMIN, MAPS + "/refused").code()).isEqualTo(404);
  }

  @Test
  void validatingWebhooksSeeTheObjectAsItWillBe() throws Exception {
    configure("Validating", "v", hook("see", "*", "configmaps", ""));
    assertThat(create("seen").code()).isEqualTo(201);
    JsonNode created = reviews.poll();
    assertThat(created.at("/object/metadata/uid").asString()).isNotEmpty();
    String merge = "application/merge-patch+json";
    cluster.send(
        ADMIN,
        "PATCH",
        MAPS + "/seen?fieldManager=me",
        SecureCluster.yaml("{data: {a: c}}"),
        "Content-Type",
        merge);
    JsonNode updated = reviews.poll();
    assertThat(updated.path("operation").asString()).isEqualTo("UPDATE");
    assertThat(updated.at("/oldObject/data/a").asString()).isEqualTo("b");
    assertThat(updated.at("/object/data/a").asString()).isEqualTo("c");
    assertThat(updated.path("options").toString())
        .isEqualTo(
            "{\"kind\":\"UpdateOptions\",\"apiVersion\":\"meta.k8s.io/v1\",\"fieldManager\":\"me\"}");
    answers(r -> denied("{message: stays}"));
    assertThat(cluster.send(ADMIN, "DELETE", MAPS + "/seen", null).message())
        .isEqualTo("admission webhook \"see.test.dev\" denied the request: stays");
    JsonNode deleted = reviews.poll();
    assertThat(deleted.path("operation").asString()).isEqualTo("DELETE");
    assertThat(deleted.path("object").isNull()).isTrue();
    assertThat(deleted.at("/oldObject/data/a").asString()).isEqualTo("c");
    assertThat(deleted.at("/options/kind").asString()).isEqualTo("DeleteOptions");
    assertThat(cluster.send(ADMIN, "DELETE", MAPS, null).message()).endsWith("request: stays");
    assertThat(reviews.poll().path("name").asString()).isNotEmpty();
  }

  @Test
  void subresourcesConnectionsAndReviewsAreSeenToo() throws Exception {
    cluster.post(
        ADMIN,
        "/apis/apps/v1/namespaces/default/deployments",
        """
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {a: b}},
         template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}}
        """);
    configure(
        "Mutating",
        "m",
        hook("scale", "UPDATE", "deployments/scale", ""),
        hook("exec", "CONNECT", "pods/exec", ""),
        hook("token", "CREATE", "serviceaccounts/token", ""),
        hook("review", "CREATE", "selfsubjectreviews", ""));
    answers(
        r ->
            r.path("subResource").asString("").equals("scale")
                ? patched("[{\"op\":\"replace\",\"path\":\"/spec/replicas\",\"value\":7}]")
                : denied("{message: no}"));
    Answer scaled =
        cluster.send(
            ADMIN,
            "PATCH",
            "/apis/apps/v1/namespaces/default/deployments/d/scale",
            SecureCluster.yaml("{spec: {replicas: 3}}"),
            "Content-Type",
            "application/merge-patch+json");
    assertThat(scaled.body().at("/spec/replicas").asInt()).isEqualTo(7);
    JsonNode scale = reviews.poll();
    assertThat(scale.path("kind").toString())
        .isEqualTo("{\"group\":\"autoscaling\",\"version\":\"v1\",\"kind\":\"Scale\"}");
    assertThat(scale.at("/object/spec/replicas").asInt()).isEqualTo(3);
    assertThat(scale.at("/oldObject/spec/replicas").asInt()).isEqualTo(1);
    Answer exec =
        cluster.send(
            ADMIN,
            "POST",
            "/api/v1/namespaces/default/pods/p/exec?command=sh&command=-c&stdout=true&container=c",
            null);
    assertThat(exec.message())
        .isEqualTo("admission webhook \"exec.test.dev\" denied the request: no");
    JsonNode connect = reviews.poll();
    assertThat(connect.path("object").toString())
        .isEqualTo(
            "{\"kind\":\"PodExecOptions\",\"apiVersion\":\"v1\",\"stdout\":true,\"container\":\"c\",\"command\":[\"sh\",\"-c\"]}");
    assertThat(connect.path("operation").asString()).isEqualTo("CONNECT");
    assertThat(connect.path("options").isNull()).isTrue();
    assertThat(
            cluster
                .post(
                    ADMIN,
                    "/apis/authentication.k8s.io/v1/selfsubjectreviews",
                    "{apiVersion: authentication.k8s.io/v1, kind: SelfSubjectReview}")
                .message())
        .endsWith("denied the request: no");
  }

  @Test
  void selectorsChooseByNamespaceAndByLabels() throws Exception {
    configure(
        "Validating",
        "v",
        hook("object", "objectSelector: {matchLabels: {watched: 'yes'}}"),
        hook(
            "namespace",
            "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}"));
    answers(r -> denied("{message: no}"));
    assertThat(create("unseen").code()).isEqualTo(201);
    assertThat(create("seen", "watched: 'yes'").message()).contains("object.test.dev");
    Answer inSystem =
        cluster.post(
            ADMIN,
            "/api/v1/namespaces/kube-system/configmaps",
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: x}}");
    assertThat(inSystem.message()).contains("namespace.test.dev");
  }

  @Test
  void aNamespaceIsChosenByItsOwnLabels() throws Exception {
    configure(
        "Validating",
        "v",
        hook("ns", "CREATE", "namespaces", "namespaceSelector: {matchLabels: {watched: 'yes'}}"));
    answers(r -> denied("{message: no}"));
    String namespace = "{apiVersion: v1, kind: Namespace, metadata: {name: %s, labels: {%s}}}";
    assertThat(
            cluster.post(ADMIN, "/api/v1/namespaces", namespace.formatted("free", "a: b")).code())
        .isEqualTo(201);
    assertThat(
            cluster
                .post(ADMIN, "/api/v1/namespaces", namespace.formatted("held", "watched: 'yes'"))
                .message())
        .endsWith("denied the request: no");
  }

  @Test
  void anEquivalentResourceIsMeantAndConvertedUnlessExact() throws Exception {
    String path = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers";
    String scaler =
        """
        {apiVersion: autoscaling/v1, kind: HorizontalPodAutoscaler, metadata: {name: %s},
         spec: {maxReplicas: 3, targetCPUUtilizationPercentage: 50,
         scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}}}
        """;
    String v2 =
        hook("v2", "CREATE", "horizontalpodautoscalers", "")
            .replace("apiVersions: [\"*\"]", "apiVersions: [v2]");
    configure("Mutating", "m", v2);
    answers(r -> patched("[{\"op\":\"replace\",\"path\":\"/spec/maxReplicas\",\"value\":5}]"));
    Answer made = cluster.post(ADMIN, path, scaler.formatted("h1"));
    assertThat(made.body().path("apiVersion").asString()).isEqualTo("autoscaling/v1");
    assertThat(made.body().at("/spec/maxReplicas").asInt()).isEqualTo(5);
    assertThat(made.body().at("/spec/targetCPUUtilizationPercentage").asInt()).isEqualTo(50);
    JsonNode review = reviews.poll();
    assertThat(review.at("/kind/version").asString()).isEqualTo("v2");
    assertThat(review.at("/requestKind/version").asString()).isEqualTo("v1");
    assertThat(review.at("/object/spec/metrics/0/type").asString()).isEqualTo("Resource");
    tidy();
    configure("Mutating", "m", v2.replace("sideEffects", "matchPolicy: Exact, sideEffects"));
    cluster.post(ADMIN, path, scaler.formatted("h2"));
    assertThat(reviews).isEmpty();
  }

  @Test
  void oneThatCannotBeAskedRefusesOrNot() throws Exception {
    configure("Validating", "v", hook("gone", "failurePolicy: Fail"));
    server.handle((r, b) -> r.response().setStatusCode(500).end("broken"));
    Answer refused = create("closed");
    assertThat(refused.code()).isEqualTo(500);
    assertThat(refused.body().path("reason").asString()).isEqualTo("InternalError");
    assertThat(refused.message())
        .isEqualTo(
            "Internal error occurred: failed calling webhook \"gone.test.dev\": failed to call"
                + " webhook: an error on the server (\"broken\") has prevented the request from"
                + " succeeding");
    tidy();
    configure("Validating", "v", hook("gone", "failurePolicy: Ignore"));
    configure("Mutating", "m", hook("gone", "failurePolicy: Ignore"));
    assertThat(create("open").code()).isEqualTo(201);
  }

  @Test
  void oneThatHangsIsLeftAfterItsTime() throws Exception {
    configure(
        "Validating", "v", hook("slow", "").replace("timeoutSeconds: 5", "timeoutSeconds: 1"));
    server.handle((r, b) -> {});
    Answer refused = create("slow");
    assertThat(refused.code()).isEqualTo(500);
    assertThat(refused.message())
        .isEqualTo(
            "Internal error occurred: failed calling webhook \"slow.test.dev\": failed to call"
                + " webhook: Post \"https://localhost:%d/slow?timeout=1s\": context deadline exceeded"
                    .formatted(server.port()));
  }

  @Test
  void oneThatLiesOrTalksNonsenseIsNotBelieved() throws Exception {
    configure("Mutating", "m", hook("liar", ""));
    String says = "failed calling webhook \"liar.test.dev\": received invalid webhook response: ";
    answers(r -> allowed().put("uid", "other"));
    assertThat(create("x").message()).contains(says + "expected response.uid=");
    answers(r -> allowed().put("patchType", "JSONPatch"));
    assertThat(create("x").message())
        .contains(says + "webhook returned response.patchType but not response.patch");
    answers(r -> allowed().put("patch", "e30="));
    assertThat(create("x").message())
        .contains(says + "webhook returned response.patch but not response.patchType");
    server.handle((r, b) -> r.response().end("{\"kind\":\"AdmissionReview\"}"));
    assertThat(create("x").message()).contains(says + "webhook response was absent");
    server.handle((r, b) -> r.response().end("<html>"));
    assertThat(create("x").message()).contains(says + "the answer is not JSON");
    server.handle((r, b) -> r.response().end("[[[["));
    assertThat(create("x").code()).isEqualTo(500);
    answers(r -> patched("[{\"op\":\"remove\",\"path\":\"/data/none\"}]"));
    assertThat(create("x").code()).isEqualTo(500);
    answers(r -> patched("not a patch"));
    assertThat(create("x").code()).isEqualTo(500);
    answers(r -> patched("[{\"op\":\"replace\",\"path\":\"\",\"value\":{}}]"));
    assertThat(create("x").code()).isBetween(400, 500);
    tidy();
    configure("Validating", "v", hook("liar", ""));
    answers(r -> patched("[]"));
    assertThat(create("x").message())
        .contains(says + "validating webhook may not return response.patch");
    assertThat(cluster.get(ADMIN, MAPS + "/x").code()).isEqualTo(404);
  }

  @Test
  void aTryIsNotToldToThoseWithSideEffects() throws Exception {
    configure(
        "Validating",
        "v",
        hook("safe", "").replace("sideEffects: None", "sideEffects: NoneOnDryRun"));
    String map = "{apiVersion: v1, kind: ConfigMap, metadata: {name: try}}";
    assertThat(cluster.post(ADMIN, MAPS + "?dryRun=All", map).code()).isEqualTo(201);
    JsonNode review = reviews.poll();
    assertThat(review.path("dryRun").asBoolean()).isTrue();
    assertThat(review.at("/options/dryRun").toString()).isEqualTo("[\"All\"]");
  }

  @Test
  void allValidatingWebhooksAreAskedAtOnce() throws Exception {
    java.util.concurrent.CountDownLatch both = new java.util.concurrent.CountDownLatch(3);
    configure("Validating", "v", hook("a", ""), hook("b", ""), hook("c", ""));
    server.handle(
        (r, body) -> {
          both.countDown();
          Thread.startVirtualThread(
              () -> {
                try {
                  boolean met = both.await(4, java.util.concurrent.TimeUnit.SECONDS);
                  ObjectNode review = Json.parseObject(body);
                  ObjectNode response = denied("{message: %s %s}".formatted(r.path(), met));
                  response.set("uid", review.path("request").path("uid"));
                  review.set("response", response);
                  r.response().end(Buffer.buffer(Json.bytes(review)));
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
        });
    assertThat(create("x").message()).endsWith("denied the request: /a true");
  }

  @Test
  void warningsReachTheClient() throws Exception {
    configure("Validating", "v", hook("warn", ""));
    answers(
        r -> {
          ObjectNode response = allowed();
          response.putArray("warnings").add("mind the gap");
          return response;
        });
    assertThat(create("warned").warnings()).containsExactly("299 - \"mind the gap\"");
  }

  @Test
  void configurationsAreNeverSentToWebhooks() throws Exception {
    configure("Validating", "v", hook("all", "*", "*/*", "failurePolicy: Fail"));
    configure("Mutating", "m", hook("all", "*", "*", "failurePolicy: Fail"));
    answers(r -> denied("{message: locked out}"));
    assertThat(create("x").code()).isEqualTo(400);
    for (String kind : List.of("mutating", "validating")) {
      assertThat(
              cluster.send(ADMIN, "DELETE", CONFIGS + kind + "webhookconfigurations", null).code())
          .isEqualTo(200);
    }
    assertThat(create("free").code()).isEqualTo(201);
  }

  @Test
  void theOlderReviewIsSpokenToo() throws Exception {
    configure(
        "Mutating",
        "m",
        hook("old", "")
            .replace(
                "admissionReviewVersions: [v1]", "admissionReviewVersions: [v9, v1beta1, v1]"));
    server.handle(
        (r, body) -> {
          assertThat(Json.parseObject(body).path("apiVersion").asString())
              .isEqualTo("admission.k8s.io/v1beta1");
          ObjectNode answer = Json.MAPPER.createObjectNode();
          answer.set(
              "response",
              patched("[{\"op\":\"add\",\"path\":\"/data/old\",\"value\":\"1\"}]")
                  .without("patchType"));
          r.response().end(Buffer.buffer(Json.bytes(answer)));
        });
    assertThat(create("beta").body().at("/data/old").asString()).isEqualTo("1");
  }
}
