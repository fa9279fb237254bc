package dev.mokha.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.Watch;
import dev.mokha.client.ApiClient.WatchHandler;
import dev.mokha.client.ListOptions;
import dev.mokha.server.audit.AuditConfig;
import dev.mokha.server.audit.AuditPolicy;
import dev.mokha.server.audit.Rotation;
import dev.mokha.server.http.TlsMaterial;
import dev.mokha.server.pki.CertificateAuthority;
import dev.mokha.server.pki.Pem;
import dev.mokha.server.pki.Subject;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.TrustOptions;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** APIs that another server answers, here a small one that tells what it is sent. */
class AggregationTest {
  private static final GroupVersionResource API_SERVICES =
      new GroupVersionResource("apiregistration.k8s.io", "v1", "apiservices");
  private static final String GROUP = "/apis/ext.example.com";
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir static Path directory;
  private static TestCluster cluster;
  private static Path auditLog;
  private static Vertx vertx;
  private static HttpServer extension;
  private static String authority;
  private static InetAddress address;

  @BeforeAll
  static void start() throws Exception {
    address = ownAddress().orElse(null);
    Assumptions.assumeTrue(
        address != null, "needs an address that is not loopback: endpoints may not have such");
    auditLog = directory.resolve("audit.log");
    AuditPolicy everything =
        AuditPolicy.parse(
            "{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: Metadata}]}"
                .getBytes(StandardCharsets.UTF_8));
    cluster =
        new TestCluster(
                directory, c -> c.audit(new AuditConfig(everything, auditLog, Rotation.DEFAULT)))
            .with("ext");
    vertx = Vertx.vertx();
    CertificateAuthority ca =
        CertificateAuthority.create("ext-ca", Duration.ofDays(1), Clock.systemUTC());
    authority = Pem.certificates(List.of(ca.certificate()));
    X509Certificate frontProxy =
        Pem.readCertificates(cluster.pki.frontProxyAuthorityPem()).getFirst();
    extension =
        vertx
            .createHttpServer(
                new HttpServerOptions()
                    .setHost(address.getHostAddress())
                    .setSsl(true)
                    .setClientAuth(ClientAuth.REQUIRED)
                    .setKeyCertOptions(
                        KeyCertOptions.wrap(
                            TlsMaterial.keys(
                                ca.issue(
                                    Subject.server("ext", List.of("ext.ext.svc"), List.of()),
                                    Duration.ofDays(1)))))
                    .setTrustOptions(TrustOptions.wrap(TlsMaterial.trust(List.of(frontProxy)))))
            .requestHandler(AggregationTest::serve)
            .listen(0)
            .toCompletionStage()
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
    create(
        new GroupVersionResource("", "v1", "services"),
        "ext",
        "{\"metadata\":{\"name\":\"ext\"},\"spec\":{\"ports\":[{\"port\":7443}]}}");
    create(
        new GroupVersionResource("discovery.k8s.io", "v1", "endpointslices"),
        "ext",
        """
        {"metadata":{"name":"ext-1","labels":{"kubernetes.io/service-name":"ext"}},
         "addressType":"IPv4","endpoints":[{"addresses":["%s"]}],"ports":[{"name":"","port":%d}]}\
        """
            .formatted(address.getHostAddress(), extension.actualPort()));
    register("v1", "ext.example.com", "ext", 7443);
    awaitReason("v1.ext.example.com", "Passed");
  }

  private static Optional<InetAddress> ownAddress() throws Exception {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(a -> a instanceof Inet4Address && !a.isLoopbackAddress())
        .filter(a -> !a.isLinkLocalAddress())
        .findFirst();
  }

  private static void serve(HttpServerRequest request) {
    String path = request.path();
    switch (path) {
      case GROUP + "/v1" ->
          request
              .response()
              .end(
                  """
                  {"kind":"APIResourceList","apiVersion":"v1","groupVersion":"ext.example.com/v1",
                   "resources":[{"name":"things","singularName":"thing","namespaced":true,
                   "kind":"Thing","verbs":["get","list","watch"],"shortNames":["th"]},
                   {"name":"things/status","singularName":"","namespaced":true,"kind":"Thing",
                   "verbs":["get"]}]}\
                  """);
      case "/openapi/v3/apis/ext.example.com/v1" ->
          request
              .response()
              .putHeader("ETag", "\"one\"")
              .end("{\"openapi\":\"3.0.0\",\"paths\":{\"/apis/ext.example.com/v1/things\":{}}}");
      case "/openapi/v2" ->
          request
              .response()
              .end(
                  """
                  {"swagger":"2.0","paths":{
                    "/apis/ext.example.com/v1/things":{"get":{"responses":{"200":{"schema":
                      {"$ref":"#/definitions/com.example.Thing"}}},
                      "parameters":[{"$ref":"#/parameters/limit"}]}},
                    "/api/v1/secrets":{"get":{"description":"hostile"}}},
                   "parameters":{"limit":{"name":"limit","in":"query","type":"integer"}},
                   "definitions":{"com.example.Thing":{"type":"object","properties":{"metadata":
                      {"$ref":"#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}}},
                    "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta":{"type":"string"},
                    "com.example.Unused":{"type":"object"}}}\
                  """);
      default -> {
        if (request.getHeader("Upgrade") != null) {
          request.response().putHeader("Upgrade", "echo").putHeader("Connection", "Upgrade");
          request.toNetSocket().onSuccess(s -> s.handler(s::write));
        } else if ("1".equals(request.getParam("watch"))) {
          // The second event comes when the client has told that it has seen the first.
          request.response().setChunked(true).write("{\"type\":\"ADDED\"}\n");
          vertx
              .eventBus()
              .<String>localConsumer("seen", m -> request.response().end("{\"type\":\"GONE\"}\n"));
        } else {
          request.body().onSuccess(body -> request.response().end(Json.text(told(request, body))));
        }
      }
    }
  }

  private static ObjectNode told(HttpServerRequest request, io.vertx.core.buffer.Buffer body) {
    ObjectNode told = Json.MAPPER.createObjectNode();
    told.put("method", request.method().name()).put("uri", request.uri());
    told.put("body", body.toString());
    ObjectNode headers = told.putObject("headers");
    for (Map.Entry<String, String> h : request.headers()) {
      headers.withArray("/" + h.getKey().toLowerCase(java.util.Locale.ROOT)).add(h.getValue());
    }
    return told;
  }

  private static void create(GroupVersionResource resource, String namespace, String json) {
    cluster
        .admin()
        .create(
            resource, namespace, "", "", KubeObject.parse(json.getBytes(StandardCharsets.UTF_8)));
  }

  private static void register(String version, String group, String service, int port) {
    create(
        API_SERVICES,
        "",
        """
        {"metadata":{"name":"%s.%s"},"spec":{"group":"%s","version":"%s",
         "groupPriorityMinimum":2000,"versionPriority":20,"caBundle":"%s",
         "service":{"namespace":"ext","name":"%s","port":%d}}}\
        """
            .formatted(
                version,
                group,
                group,
                version,
                Base64.getEncoder().encodeToString(authority.getBytes(StandardCharsets.US_ASCII)),
                service,
                port));
  }

  private static KubeObject awaitReason(String name, String reason) throws Exception {
    return await(
        name,
        o ->
            o.toTree()
                .path("status")
                .path("conditions")
                .path(0)
                .path("reason")
                .asString("")
                .equals(reason));
  }

  /** Waits for a state of an APIService; null when it must be gone. */
  private static KubeObject await(String name, Predicate<KubeObject> test) throws Exception {
    CompletableFuture<KubeObject> found = new CompletableFuture<>();
    WatchHandler handler =
        new WatchHandler() {
          @Override
          public void onEvent(String type, KubeObject object) {
            boolean gone = type.equals("DELETED");
            if (object.name().equals(name) && (test == null ? gone : !gone && test.test(object))) {
              found.complete(object);
            }
          }

          @Override
          public void onClose(StatusException cause) {
            found.completeExceptionally(new IllegalStateException("the watch ended", cause));
          }
        };
    try (Watch _ = cluster.admin().watch(API_SERVICES, "", ListOptions.ALL, handler)) {
      return found.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  @AfterAll
  static void stop() throws Exception {
    if (vertx != null) {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
    if (cluster != null) {
      cluster.close();
    }
  }

  private static JsonNode json(HttpResponse<String> response) {
    return Json.parseObject(response.body().getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aRequestIsPassedOnInTheNameOfItsUser() throws Exception {
    HttpResponse<String> answer =
        cluster.send(
            HttpRequest.newBuilder(cluster.uri(GROUP + "/v1/namespaces/n/things?dryRun=All&x=%2F"))
                .header("X-Remote-User", "forged")
                .header("X-Remote-Group", "forged")
                .header("X-Remote-Extra-Scopes", "forged")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"a\":1}")));

    JsonNode told = json(answer);
    assertThat(told.path("method").asString()).isEqualTo("POST");
    assertThat(told.path("uri").asString())
        .isEqualTo(GROUP + "/v1/namespaces/n/things?dryRun=All&x=%2F");
    assertThat(told.path("body").asString()).isEqualTo("{\"a\":1}");
    assertThat(told.path("headers").path("x-remote-user").toString())
        .isEqualTo("[\"kubernetes-admin\"]");
    assertThat(told.path("headers").path("x-remote-group").toString())
        .isEqualTo("[\"system:masters\",\"system:authenticated\"]");
    assertThat(told.path("headers").has("x-remote-extra-scopes")).isFalse();
    assertThat(told.path("headers").has("authorization")).isFalse();
  }

  /** A request whose body stays open, so that it holds its seat. */
  private static SubmissionPublisher<ByteBuffer> hold(HttpClient client) {
    SubmissionPublisher<ByteBuffer> body = new SubmissionPublisher<>();
    var _ =
        client.sendAsync(
            HttpRequest.newBuilder(cluster.uri("/api/v1/namespaces/ext/configmaps"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.fromPublisher(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    while (!body.hasSubscribers()) {
      Thread.onSpinWait(); // What is submitted before that is lost.
    }
    body.submit(ByteBuffer.wrap("{".getBytes(StandardCharsets.UTF_8)));
    return body;
  }

  private static void awaitFigure(String series) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!cluster.get("/metrics").body().contains("\n" + series + "\n")) {
      assertThat(System.nanoTime()).as(series).isLessThan(deadline);
    }
  }

  @Test
  void aRequestThatWaitedForItsSeatComesWithItsBody() throws Exception {
    create(
        new GroupVersionResource("rbac.authorization.k8s.io", "v1", "clusterrolebindings"),
        "",
        """
        {"metadata":{"name":"patient"},
         "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole",
          "name":"cluster-admin"},
         "subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"patient"}]}\
        """);
    // Three seats that can't be lent or borrowed, and one place to wait.
    create(
        new GroupVersionResource(
            "flowcontrol.apiserver.k8s.io", "v1", "prioritylevelconfigurations"),
        "",
        """
        {"metadata":{"name":"patient"},"spec":{"type":"Limited","limited":{
          "nominalConcurrencyShares":1,"borrowingLimitPercent":0,"limitResponse":{"type":"Queue",
          "queuing":{"queues":1,"handSize":1,"queueLengthLimit":1}}}}}\
        """);
    create(
        new GroupVersionResource("flowcontrol.apiserver.k8s.io", "v1", "flowschemas"),
        "",
        """
        {"metadata":{"name":"patient"},"spec":{"matchingPrecedence":5,
          "priorityLevelConfiguration":{"name":"patient"},"rules":[{
          "subjects":[{"kind":"User","user":{"name":"patient"}}],
          "resourceRules":[{"verbs":["create"],"apiGroups":["*"],"resources":["*"],
          "namespaces":["*"]}]}]}}\
        """);
    String labels = "{flow_schema=\"patient\",priority_level=\"patient\"}";
    List<SubmissionPublisher<ByteBuffer>> held = new ArrayList<>();
    String body = "{\"a\":\"" + "b".repeat(300_000) + "\"}";
    for (HttpClient.Version version : HttpClient.Version.values()) {
      HttpClient client =
          cluster.client(
              new KeyManager[] {
                TlsMaterial.keys(
                    cluster.pki.authority().issue(Subject.client("patient"), Duration.ofHours(1)))
              });
      try (client) {
        for (int i = 0; i < 3; i++) {
          held.add(hold(client));
        }
        awaitFigure("apiserver_flowcontrol_current_executing_requests" + labels + " 3");
        CompletableFuture<HttpResponse<String>> waiting =
            client.sendAsync(
                HttpRequest.newBuilder(cluster.uri(GROUP + "/v1/namespaces/n/things"))
                    .version(version)
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
        awaitFigure("apiserver_flowcontrol_current_inqueue_requests" + labels + " 1");
        held.forEach(SubmissionPublisher::close);
        HttpResponse<String> answer = waiting.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(json(answer).path("body").asString()).isEqualTo(body);
        awaitFigure("apiserver_flowcontrol_current_executing_requests" + labels + " 0");
      } finally {
        held.forEach(SubmissionPublisher::close);
        held.clear();
      }
    }
  }

  @Test
  void whatIsPassedOnIsAuditedWithItsCode() throws Exception {
    register("v1", "away.example.com", "away", 443);
    awaitReason("v1.away.example.com", "ServiceNotFound");
    assertThat(cluster.get("/apis/away.example.com/v1/things").statusCode()).isEqualTo(503);
    assertThat(cluster.get(GROUP + "/v1/things/audited").statusCode()).isEqualTo(200);

    JsonNode away = audited("/apis/away.example.com/v1/things");
    assertThat(away.path("responseStatus").path("code").asInt()).isEqualTo(503);
    assertThat(away.path("objectRef").path("apiGroup").asString()).isEqualTo("away.example.com");
    JsonNode there = audited(GROUP + "/v1/things/audited");
    assertThat(there.path("responseStatus").path("code").asInt()).isEqualTo(200);
    assertThat(there.path("verb").asString()).isEqualTo("get");
    assertThat(there.path("annotations").path("authorization.k8s.io/decision").asString())
        .isEqualTo("allow");
  }

  /** The event of a request when it is over; the log is written in the background. */
  private static JsonNode audited(String uri) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      for (String line : Files.readAllLines(auditLog)) {
        if (line.contains("\"ResponseComplete\"")
            && line.contains("\"requestURI\":\"" + uri + "\"")) {
          return Json.MAPPER.readTree(line);
        }
      }
      assertThat(System.nanoTime()).as(uri).isLessThan(deadline);
    }
  }

  @Test
  void whoMayNotIsRefusedHere() throws Exception {
    HttpResponse<String> answer =
        cluster.send(
            HttpRequest.newBuilder(cluster.uri(GROUP + "/v1/namespaces/n/things"))
                .header("Impersonate-User", "joe"));

    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(json(answer).path("message").asString())
        .isEqualTo(
            "things.ext.example.com is forbidden: User \"joe\" cannot list resource \"things\" in"
                + " API group \"ext.example.com\" in the namespace \"n\"");
  }

  @Test
  void aWatchStreamsAsItHappens() throws Exception {
    HttpResponse<InputStream> answer =
        cluster
            .http()
            .send(
                HttpRequest.newBuilder(cluster.uri(GROUP + "/v1/things?watch=1")).build(),
                HttpResponse.BodyHandlers.ofInputStream());
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
      assertThat(in.readLine()).isEqualTo("{\"type\":\"ADDED\"}");
      vertx.eventBus().publish("seen", "");
      assertThat(in.readLine()).isEqualTo("{\"type\":\"GONE\"}");
      assertThat(in.readLine()).isNull();
    }
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
          ("GET " + GROUP + "/v1/things/a/connect HTTP/1.1\r\nHost: localhost\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      out.write("Connection: Upgrade\r\nUpgrade: echo\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      out.flush();
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
      assertThat(in.readLine()).startsWith("HTTP/1.1 101");
      while (!in.readLine().isEmpty()) {
        // The rest of the head.
      }
      out.write("hello\n".getBytes(StandardCharsets.UTF_8));
      out.flush();
      assertThat(in.readLine()).isEqualTo("hello");
    }
  }

  @Test
  void discoveryShowsItWithTheOthersInTheOrderOfPriorities() throws Exception {
    JsonNode all =
        json(
            cluster.send(
                HttpRequest.newBuilder(cluster.uri("/apis"))
                    .header(
                        "Accept",
                        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")));

    List<String> groups =
        all.path("items")
            .valueStream()
            .map(g -> g.path("metadata").path("name").asString())
            .toList();
    assertThat(groups).startsWith("apiregistration.k8s.io", "apps", "events.k8s.io");
    assertThat(groups.indexOf("ext.example.com")).isGreaterThan(groups.indexOf("node.k8s.io"));
    JsonNode mine =
        all.path("items").get(groups.indexOf("ext.example.com")).path("versions").get(0);
    assertThat(mine.path("freshness").asString()).isEqualTo("Current");
    assertThat(mine.path("resources").get(0).path("shortNames").toString()).isEqualTo("[\"th\"]");
    assertThat(mine.path("resources").get(0).path("subresources").toString()).contains("status");
    assertThat(json(cluster.get(GROUP)).path("preferredVersion").path("version").asString())
        .isEqualTo("v1");
    assertThat(cluster.get("/apis").body()).contains("ext.example.com/v1");
  }

  @Test
  void itsOpenApiDocumentsAreMergedAndNothingElseOfThem() throws Exception {
    // They are fetched after the condition is written.
    String index = "";
    for (long end = System.nanoTime() + PATIENCE.toNanos();
        !index.contains("apis/ext.example.com/v1") && System.nanoTime() < end; ) {
      index = cluster.get("/openapi/v3").body();
    }
    assertThat(index).contains("/openapi/v3/apis/ext.example.com/v1?hash=");
    assertThat(cluster.get("/openapi/v3/apis/ext.example.com/v1").body())
        .startsWith("{\"openapi\":\"3.0.0\"");
    JsonNode swagger = json(cluster.get("/openapi/v2"));
    JsonNode get = swagger.path("paths").path("/apis/ext.example.com/v1/things").path("get");
    assertThat(get.path("parameters").get(0).path("name").asString()).isEqualTo("limit");
    assertThat(swagger.path("definitions").has("com.example.Thing")).isTrue();
    assertThat(swagger.path("definitions").has("com.example.Unused")).isFalse();
    assertThat(
            swagger
                .path("definitions")
                .path("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta")
                .path("type")
                .asString())
        .isEqualTo("object");
    assertThat(swagger.toString()).doesNotContain("hostile");
  }

  @Test
  void whyAServiceCantAnswerIsWrittenDown() throws Exception {
    register("v1", "nowhere.example.com", "nowhere", 443);
    register("v1", "wrongport.example.com", "ext", 444);
    create(
        new GroupVersionResource("", "v1", "services"),
        "ext",
        "{\"metadata\":{\"name\":\"empty\"},\"spec\":{\"ports\":[{\"port\":443}]}}");
    register("v1", "empty.example.com", "empty", 443);

    KubeObject nowhere = awaitReason("v1.nowhere.example.com", "ServiceNotFound");
    assertThat(nowhere.toTree().path("status").path("conditions").get(0).path("message").asString())
        .isEqualTo("service/nowhere in \"ext\" is not present");
    awaitReason("v1.wrongport.example.com", "ServicePortError");
    awaitReason("v1.empty.example.com", "EndpointsNotFound");
    HttpResponse<String> refused = cluster.get("/apis/nowhere.example.com/v1/things");
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(refused.body()).isEqualTo("service unavailable\n");
    assertThat(
            cluster
                .send(
                    HttpRequest.newBuilder(cluster.uri("/apis"))
                        .header(
                            "Accept",
                            "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"))
                .body())
        .contains("{\"version\":\"v1\",\"freshness\":\"Stale\"}");
  }

  @Test
  void localApisAreAlwaysAvailableAndThoseOfCustomResourcesComeAndGo() throws Exception {
    awaitReason("v1.apps", "Local");
    GroupVersionResource definitions =
        new GroupVersionResource("apiextensions.k8s.io", "v1", "customresourcedefinitions");
    create(
        definitions,
        "",
        """
        {"metadata":{"name":"cups.coffee.example.com"},"spec":{"group":"coffee.example.com",
         "scope":"Namespaced","names":{"plural":"cups","singular":"cup","kind":"Cup"},
         "versions":[{"name":"v1","served":true,"storage":true,
         "schema":{"openAPIV3Schema":{"type":"object"}}}]}}\
        """);
    KubeObject made = awaitReason("v1.coffee.example.com", "Local");
    assertThat(made.labels()).containsEntry("kube-aggregator.kubernetes.io/automanaged", "true");

    cluster
        .admin()
        .delete(definitions, "", "cups.coffee.example.com", ApiClient.DeleteOptions.DEFAULT);
    await("v1.coffee.example.com", null);
  }

  @Test
  void aFrontProxyNamesItsUserInHeadersAndNobodyElseDoes() throws Exception {
    String review = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    String body = "{\"kind\":\"SelfSubjectReview\",\"apiVersion\":\"authentication.k8s.io/v1\"}";
    HttpRequest.Builder request =
        HttpRequest.newBuilder(cluster.uri(review))
            .header("Content-Type", "application/json")
            .header("X-Remote-User", "joe")
            .header("X-Remote-Group", "dev")
            .header("X-Remote-Extra-Example.com%2Fscope", "all")
            .POST(HttpRequest.BodyPublishers.ofString(body));

    assertThat(
            json(cluster.send(request)).path("status").path("userInfo").path("username").asString())
        .isEqualTo("kubernetes-admin");
    try (HttpClient proxy =
        cluster.client(new KeyManager[] {TlsMaterial.keys(cluster.pki.frontProxyClient())})) {
      JsonNode user =
          json(proxy.send(request.build(), HttpResponse.BodyHandlers.ofString()))
              .path("status")
              .path("userInfo");
      assertThat(user.path("username").asString()).isEqualTo("joe");
      assertThat(user.path("groups").toString()).isEqualTo("[\"dev\",\"system:authenticated\"]");
      assertThat(user.path("extra").toString()).isEqualTo("{\"example.com/scope\":[\"all\"]}");
      HttpResponse<String> nameless =
          proxy.send(
              HttpRequest.newBuilder(cluster.uri("/api/v1/namespaces")).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(nameless.statusCode()).isEqualTo(401);
    }
  }
}
