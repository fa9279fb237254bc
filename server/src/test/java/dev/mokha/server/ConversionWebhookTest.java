package dev.mokha.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.object.Json;
import dev.mokha.server.webhook.WebhookServer;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Versions of custom resources that a webhook converts: v1 has {@code host}, v2 has {@code h}. */
final class ConversionWebhookTest {
  private static final String DEFINITIONS =
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  private static final String V1 = "/apis/example.com/v1/namespaces/default/sites";
  private static final String V2 = "/apis/example.com/v2/namespaces/default/sites";

  @TempDir Path directory;
  private final AtomicInteger calls = new AtomicInteger();
  private volatile Consumer<ObjectNode> spoil = review -> {};
  private WebhookServer webhook;
  private TestCluster cluster;

  @BeforeEach
  void start() throws Exception {
    webhook = new WebhookServer(List.of("localhost"), this::convert);
    cluster = new TestCluster(directory);
    ObjectNode definition =
        Json.parseObject(
            """
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
             "metadata":{"name":"sites.example.com"},
             "spec":{"group":"example.com","scope":"Namespaced",
              "names":{"plural":"sites","kind":"Site"},
              "versions":[
               {"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{
                 "type":"object","properties":{"host":{"type":"string"}}}}},
               {"name":"v2","served":true,"storage":false,"schema":{"openAPIV3Schema":{
                 "type":"object","properties":{"h":{"type":"string"}}}}}],
              "conversion":{"strategy":"Webhook","webhook":{"conversionReviewVersions":["v1"],
               "clientConfig":{"url":"https://localhost:PORT/convert","caBundle":"CA"}}}}}
            """
                .replace("PORT", Integer.toString(webhook.port()))
                .replace(
                    "CA",
                    Base64.getEncoder()
                        .encodeToString(webhook.caPem().getBytes(StandardCharsets.UTF_8)))
                .getBytes(StandardCharsets.UTF_8));
    HttpResponse<String> created = cluster.post(DEFINITIONS, Json.text(definition));
    assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (cluster.get(V2).statusCode() != 200) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      LockSupport.parkNanos(2_000_000);
    }
  }

  @AfterEach
  void stop() throws Exception {
    cluster.close();
    webhook.close();
  }

  private void convert(HttpServerRequest request, byte[] body) {
    calls.incrementAndGet();
    ObjectNode review = Json.parseObject(body);
    JsonNode asked = review.path("request");
    ObjectNode response = review.putObject("response");
    response.set("uid", asked.path("uid"));
    response.putObject("result").put("status", "Success");
    ArrayNode converted = response.putArray("convertedObjects");
    String wanted = asked.path("desiredAPIVersion").asString();
    for (JsonNode o : asked.path("objects")) {
      ObjectNode object = (ObjectNode) o.deepCopy();
      String from = wanted.endsWith("v2") ? "host" : "h";
      object.put("apiVersion", wanted);
      object.set(from.equals("host") ? "h" : "host", object.path(from));
      object.remove(from);
      converted.add(object);
    }
    review.remove("request");
    spoil.accept(review);
    request.response().end(Buffer.buffer(Json.bytes(review)));
  }

  private void create(String path, String version, String name, String field) throws Exception {
    HttpResponse<String> created =
        cluster.post(
            path,
            "{\"apiVersion\":\"example.com/%s\",\"kind\":\"Site\",\"metadata\":{\"name\":\"%s\"},\"%s\":\"%s.org\"}"
                .formatted(version, name, field, name));
    assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
  }

  @Test
  void everyVersionShowsEveryObject() throws Exception {
    create(V1, "v1", "a", "host");
    create(V2, "v2", "b", "h");
    assertThat(Json.MAPPER.readTree(cluster.get(V2 + "/a").body()).path("h").asString())
        .isEqualTo("a.org");
    assertThat(Json.MAPPER.readTree(cluster.get(V1 + "/b").body()).path("host").asString())
        .isEqualTo("b.org");
    create(V1, "v1", "c", "host");
    create(V1, "v1", "d", "host");
    int before = calls.get();
    JsonNode items = Json.MAPPER.readTree(cluster.get(V2).body()).path("items");
    assertThat(items.size()).isEqualTo(4);
    items.forEach(
        i ->
            assertThat(i.path("h").asString())
                .isEqualTo(i.path("metadata").path("name").asString() + ".org"));
    assertThat(calls.get() - before).as("one call for the whole list").isEqualTo(1);
    cluster.get(V2);
    assertThat(calls.get() - before).as("what was converted is kept").isEqualTo(1);
  }

  @Test
  void aWatchConvertsWhatItTells() throws Exception {
    create(V1, "v1", "a", "host");
    HttpResponse<java.util.stream.Stream<String>> watch =
        cluster
            .http()
            .send(
                HttpRequest.newBuilder(cluster.uri(V2 + "?watch=true")).build(),
                HttpResponse.BodyHandlers.ofLines());
    Iterator<String> lines = watch.body().iterator();
    assertThat(Json.MAPPER.readTree(lines.next()).path("object").path("h").asString())
        .isEqualTo("a.org");
    create(V1, "v1", "b", "host");
    assertThat(Json.MAPPER.readTree(lines.next()).path("object").path("h").asString())
        .isEqualTo("b.org");
    spoil = review -> ((ObjectNode) review.path("response")).put("uid", "another");
    create(V1, "v1", "c", "host");
    JsonNode last = Json.MAPPER.readTree(lines.next());
    assertThat(last.path("type").asString()).isEqualTo("ERROR");
    assertThat(lines.hasNext()).isFalse();
  }

  @Test
  void whatMayNotChangeIsKeptOrRefused() throws Exception {
    create(V1, "v1", "a", "host");
    spoil =
        review -> {
          ObjectNode meta =
              (ObjectNode) review.path("response").path("convertedObjects").get(0).path("metadata");
          meta.putObject("labels").put("from", "webhook");
          meta.put("generation", 99);
        };
    JsonNode changed = Json.MAPPER.readTree(cluster.get(V2 + "/a").body());
    assertThat(changed.path("metadata").path("labels").path("from").asString())
        .isEqualTo("webhook");
    assertThat(changed.path("metadata").path("generation").asInt()).isEqualTo(1);

    create(V1, "v1", "b", "host");
    spoil =
        review ->
            ((ObjectNode) review.path("response").path("convertedObjects").get(0).path("metadata"))
                .put("name", "other");
    refused("b", "must have the same name: b != other");
    spoil = review -> ((ObjectNode) review.path("response")).putArray("convertedObjects");
    refused("b", "returned 0 objects, expected 1");
    spoil = review -> ((ObjectNode) review.path("response")).put("uid", "x");
    refused("b", "expected response.uid=");
    spoil =
        review ->
            ((ObjectNode) review.path("response"))
                .putObject("result")
                .put("status", "Failure")
                .put("message", "no such host");
    refused("b", "no such host");
    assertThat(cluster.get(V1 + "/b").statusCode()).as("stored as it is").isEqualTo(200);
  }

  private void refused(String name, String message) throws Exception {
    HttpResponse<String> answer = cluster.get(V2 + "/" + name);
    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(Json.MAPPER.readTree(answer.body()).path("message").asString())
        .startsWith("conversion webhook for example.com/v1, Kind=Site ")
        .contains(message);
  }
}
