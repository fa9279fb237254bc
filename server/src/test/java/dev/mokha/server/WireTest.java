package dev.mokha.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient.WatchHandler;
import dev.mokha.client.ListOptions;
import dev.mokha.server.http.TlsMaterial;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Forms, parameters and limits of requests, as clients of Kubernetes know them. */
class WireTest {
  private static final String MAPS = "/api/v1/namespaces/wire/configmaps";
  private static final String META = ";v=v1;g=meta.k8s.io";
  private static final String PROTOBUF = "application/vnd.kubernetes.protobuf";

  @TempDir static Path directory;
  private static TestCluster cluster;

  @BeforeAll
  static void start() throws IOException {
    cluster = new TestCluster(directory).with("wire");
    for (int i = 1; i <= 5; i++) {
      cluster.post(MAPS, "{\"metadata\":{\"name\":\"c" + i + "\"}}");
    }
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static HttpResponse<String> get(String path, String accept) throws IOException {
    return cluster.send(HttpRequest.newBuilder(cluster.uri(path)).header("Accept", accept));
  }

  private static JsonNode json(HttpResponse<String> response) {
    return Json.parseObject(response.body().getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "?limit=1|application/json;as=Table;v=v1beta1;g=meta.k8s.io|200|application/json",
        "?limit=1|application/yaml;as=Table;v=v1;g=meta.k8s.io|200|application/yaml",
        "?limit=1|application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io|406|",
        "?limit=1|application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io|406|",
        "/c1|application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io|406|",
        "/c1|application/json;as=Table;v=v2;g=meta.k8s.io|406|",
        "/c1|application/cbor|406|",
        "/c1|text/html, */*;q=0.1|200|application/json",
        "/c1|application/yaml;q=0.5, application/json;q=0.9|200|application/json",
        "?watch=1&timeoutSeconds=1|application/yaml|406|",
      })
  void anAnswerHasTheFirstFormThatThereIsOfIt(String path, String accept, int code, String type)
      throws IOException {
    HttpResponse<String> answer = get(MAPS + path, accept);

    assertThat(answer.statusCode()).isEqualTo(code);
    assertThat(answer.headers().firstValue("Content-Type").orElse(""))
        .isEqualTo(type == null ? "application/json" : type);
    if (code == 406) {
      assertThat(json(answer).path("reason").asString()).isEqualTo("NotAcceptable");
    }
  }

  @Test
  void aTableOfTheFirstVersionSaysSoInAllItsParts() throws IOException {
    JsonNode table = json(get(MAPS, "application/json;as=Table;v=v1beta1;g=meta.k8s.io"));

    assertThat(table.path("apiVersion").asString()).isEqualTo("meta.k8s.io/v1beta1");
    assertThat(table.path("rows").get(0).path("object").path("apiVersion").asString())
        .isEqualTo("meta.k8s.io/v1beta1");
  }

  @Test
  void whatHasNoColumnsIsNoTable() throws IOException {
    String review =
        "{\"kind\":\"SelfSubjectAccessReview\",\"apiVersion\":\"authorization.k8s.io/v1\","
            + "\"spec\":{\"nonResourceAttributes\":{\"path\":\"/\",\"verb\":\"get\"}}}";
    String path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

    for (String rest : List.of("", ",application/json")) {
      HttpResponse<String> answer =
          cluster.send(
              HttpRequest.newBuilder(cluster.uri(path))
                  .header("Content-Type", "application/json")
                  .header("Accept", "application/json;as=Table" + META + rest)
                  .POST(HttpRequest.BodyPublishers.ofString(review)));
      assertThat(answer.statusCode()).isEqualTo(rest.isEmpty() ? 406 : 201);
    }
  }

  @Test
  void discoveryHasAProtobufForm() throws Exception {
    byte[] body =
        cluster
            .http()
            .send(
                HttpRequest.newBuilder(cluster.uri("/api/v1")).header("Accept", PROTOBUF).build(),
                HttpResponse.BodyHandlers.ofByteArray())
            .body();

    // Verbs are a message of their own there: field 4 holds a message whose field 1 are the verbs.
    String text = new String(body, StandardCharsets.ISO_8859_1);
    assertThat(text).startsWith("k8s\0").contains("\n\006create");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "resourceVersionMatch=Foo&resourceVersion=1|422|supported values: \"Exact\","
            + " \"NotOlderThan\", \"\"",
        "resourceVersionMatch=Exact|422|resourceVersionMatch is forbidden unless resourceVersion is"
            + " provided",
        "resourceVersionMatch=Exact&resourceVersion=0|422|is forbidden for resourceVersion \"0\"",
        "resourceVersion=abc|400|invalid resource version",
        "resourceVersion=99999999|504|Timeout: Too large resource version: 99999999",
        "limit=abc|400|strconv.ParseInt: parsing \"abc\": invalid syntax",
        "continue=abc|400|invalid continue token: continue key is not valid",
        "continue=abc&resourceVersionMatch=Exact&resourceVersion=5|422|forbidden when continue is"
            + " provided",
        "sendInitialEvents=true|422|sendInitialEvents is forbidden for list",
        "watch=1&sendInitialEvents=true|422|requires setting resourceVersionMatch to NotOlderThan",
        "watch=1&resourceVersionMatch=NotOlderThan|422|forbidden for watch unless sendInitialEvents"
            + " is provided",
        "watch=1&resourceVersion=abc|400|invalid resource version",
        "watch=1&timeoutSeconds=abc|400|invalid syntax",
        "timeout=abc|400|time: invalid duration \"abc\"",
      })
  void parametersThatDontFitAreRefusedWithTheReason(String query, int code, String message)
      throws IOException {
    HttpResponse<String> answer = cluster.get(MAPS + "?" + query);

    assertThat(answer.statusCode()).isEqualTo(code);
    assertThat(json(answer).path("message").asString()).contains(message);
  }

  @ParameterizedTest
  @CsvSource({"PUT,''", "POST,/c1", "PATCH,''", "OPTIONS,/c1", "FROB,/c1", "HEAD,/c1", "HEAD,''"})
  void methodsThatThePathDoesNotHaveAreNotAllowed(String method, String path) throws IOException {
    assertThat(cluster.send(method, MAPS + path, "application/json", "{}").statusCode())
        .isEqualTo(405);
  }

  @ParameterizedTest
  @CsvSource({
    "/api/v2,404,application/json",
    "/apis/apps/v9,404,application/json",
    "/apis/foo,404,text/plain; charset=utf-8",
    "/healthz/,404,text/plain; charset=utf-8",
    "/metrics/,404,text/plain; charset=utf-8",
    "/api/,200,application/json",
    "/apis/apps/v1/,200,application/json",
  })
  void whereThereIsNothingTheAnswerIsOfThePlacesKind(String path, int code, String type)
      throws IOException {
    HttpResponse<String> answer = cluster.get(path);

    assertThat(answer.statusCode()).isEqualTo(code);
    assertThat(answer.headers().firstValue("Content-Type")).contains(type);
  }

  @Test
  void aWriteWithUnknownOptionsIsInvalid() throws IOException {
    HttpResponse<String> answer = cluster.post(MAPS + "?dryRun=Maybe", "{}");

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(json(answer).path("message").asString())
        .startsWith("CreateOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value");
    assertThat(cluster.post(MAPS + "?fieldManager=" + "x".repeat(129), "{}").statusCode())
        .isEqualTo(422);
  }

  @Test
  void aWatchEndsWhenItsTimeIsOver() throws IOException {
    long begun = System.nanoTime();
    HttpResponse<String> answer = cluster.get(MAPS + "?watch=1&resourceVersion=0&timeoutSeconds=1");

    assertThat(answer.body().lines()).hasSizeGreaterThanOrEqualTo(5);
    assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(4));
  }

  private static SSLContext anonymous() throws Exception {
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(
        null,
        new TrustManager[] {TlsMaterial.trust(List.of(cluster.pki.authority().certificate()))},
        null);
    return tls;
  }

  @Test
  void aBodyThatDoesNotComeIsNotWaitedForLongerThanTheClientAsks() throws Exception {
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(
        new javax.net.ssl.KeyManager[] {TlsMaterial.keys(cluster.pki.admin())},
        new TrustManager[] {TlsMaterial.trust(List.of(cluster.pki.authority().certificate()))},
        null);
    try (SSLSocket socket =
        (SSLSocket)
            tls.getSocketFactory().createSocket("localhost", cluster.server.address().getPort())) {
      socket.setSoTimeout(20_000);
      socket
          .getOutputStream()
          .write(
              ("POST "
                      + MAPS
                      + "?timeout=200ms HTTP/1.1\r\nHost: localhost\r\nContent-Type:"
                      + " application/json\r\nContent-Length: 1000\r\n\r\n{\"metadata\":")
                  .getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().flush();
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      assertThat(in.readLine()).startsWith("HTTP/1.1 504");
      StringBuilder rest = new StringBuilder();
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        rest.append(line).append('\n'); // Until the server closes the connection.
      }
      assertThat(rest).contains("request did not complete within the allotted timeout");
    }
  }

  /** Collects the text frames of a WebSocket. */
  private static final class Frames implements WebSocket.Listener {
    final CompletableFuture<String> first = new CompletableFuture<>();
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        first.complete(text.toString());
      }
      socket.request(1);
      return null;
    }
  }

  @Test
  void aBrowserWatchesOverAWebSocketWithItsTokenAmongTheSubprotocols() throws Exception {
    String accounts = "/api/v1/namespaces/wire/serviceaccounts";
    cluster.post(accounts, "{\"metadata\":{\"name\":\"browser\"}}");
    cluster.post(
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        "{\"metadata\":{\"name\":\"browser\"},\"roleRef\":{\"kind\":\"ClusterRole\",\"name\":"
            + "\"view\",\"apiGroup\":\"rbac.authorization.k8s.io\"},\"subjects\":[{\"kind\":"
            + "\"ServiceAccount\",\"name\":\"browser\",\"namespace\":\"wire\"}]}");
    String token =
        json(cluster.post(accounts + "/browser/token", "{\"spec\":{}}"))
            .path("status")
            .path("token")
            .asString("");
    String protocol =
        "base64url.bearer.authorization.k8s.io."
            + Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(token.getBytes(StandardCharsets.UTF_8));
    Frames frames = new Frames();

    HttpClient browser = HttpClient.newBuilder().sslContext(anonymous()).build();
    try {
      WebSocket socket =
          browser
              .newWebSocketBuilder()
              .subprotocols(protocol, "base64.binary.k8s.io")
              .buildAsync(
                  java.net.URI.create(
                      cluster.uri(MAPS + "?watch=1").toString().replace("https:", "wss:")),
                  frames)
              .get(20, TimeUnit.SECONDS);
      assertThat(socket.getSubprotocol()).isEqualTo("base64.binary.k8s.io");
      assertThat(frames.first.get(20, TimeUnit.SECONDS))
          .startsWith("{\"type\":\"ADDED\",\"object\":{")
          .contains("\"name\":\"c1\"")
          .doesNotContain("\"name\":\"c2\"");
      socket.abort();
    } finally {
      browser.shutdownNow();
    }
  }

  @Test
  void watchesWithinTheProcessEndWithTheServer(@TempDir Path other) throws Exception {
    CompletableFuture<StatusException> ended = new CompletableFuture<>();
    try (TestCluster short_ = new TestCluster(other)) {
      short_
          .admin()
          .watch(
              new GroupVersionResource("", "v1", "configmaps"),
              "",
              ListOptions.ALL,
              new WatchHandler() {
                @Override
                public void onEvent(String type, KubeObject object) {}

                @Override
                public void onClose(StatusException cause) {
                  ended.complete(cause);
                }
              });
    }
    assertThat(ended.get(20, TimeUnit.SECONDS).code()).isEqualTo(503);
  }
}
