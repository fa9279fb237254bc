package dev.mokha.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ListOptions;
import dev.mokha.server.crd.Definitions;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Custom resources, from their definition to its end, over HTTPS. */
final class CustomResourcesTest {
  private static final String DEFINITIONS =
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  private static final String JSON = "application/json";
  private static final String MERGE = "application/merge-patch+json";

  @TempDir static Path directory;
  private static TestCluster cluster;

  @BeforeAll
  static void start() throws IOException {
    cluster = new TestCluster(directory);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  /** A definition of namespaced objects with that schema of their spec. */
  private static ObjectNode definition(String plural, String kind, String spec) {
    ObjectNode d =
        Json.parseObject(
            """
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
             "metadata":{"name":"PLURAL.example.com"},
             "spec":{"group":"example.com","scope":"Namespaced",
              "names":{"plural":"PLURAL","kind":"KIND"},
              "versions":[{"name":"v1","served":true,"storage":true,
               "schema":{"openAPIV3Schema":{"type":"object","properties":{
                "spec":SPEC,
                "status":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}}}]}}
            """
                .replace("PLURAL", plural)
                .replace("KIND", kind)
                .replace("SPEC", spec)
                .getBytes(java.nio.charset.StandardCharsets.UTF_8));
    return d;
  }

  private static ObjectNode version(ObjectNode definition, int i) {
    return (ObjectNode) definition.path("spec").path("versions").get(i);
  }

  private static String home(String plural) {
    return "/apis/example.com/v1/namespaces/default/" + plural;
  }

  private static void define(ObjectNode definition) throws IOException {
    assertThat(cluster.post(DEFINITIONS, Json.text(definition)).statusCode()).isEqualTo(201);
    String name = definition.path("metadata").path("name").asString();
    eventually(() -> condition(name, "Established").equals("True"));
  }

  private static String condition(String name, String type) {
    for (JsonNode c : get(DEFINITIONS + "/" + name).path("status").path("conditions")) {
      if (c.path("type").asString().equals(type)) {
        return c.path("status").asString();
      }
    }
    return "";
  }

  private static JsonNode get(String path) {
    try {
      return Json.MAPPER.readTree(cluster.get(path).body());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static JsonNode tree(HttpResponse<String> answer) {
    return Json.MAPPER.readTree(answer.body());
  }

  private static void eventually(BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
      LockSupport.parkNanos(2_000_000);
    }
  }

  private static String object(String kind, String name, String more) {
    return "{\"apiVersion\":\"example.com/v1\",\"kind\":\"%s\",\"metadata\":{\"name\":\"%s\"}%s}"
        .formatted(kind, name, more.isEmpty() ? "" : "," + more);
  }

  /** From before the definition is created until its resource answers, in this process. */
  @Test
  void isServedWithinATenthOfASecond() {
    ApiClient client = cluster.admin();
    List<Long> millis = new ArrayList<>();
    for (int i = 0; i < 14; i++) {
      ObjectNode definition = definition("quick" + i + "s", "Quick" + i, "{\"type\":\"object\"}");
      GroupVersionResource resource =
          new GroupVersionResource("example.com", "v1", "quick" + i + "s");
      assertThat(isServed(client, resource)).isFalse();
      long begun = System.nanoTime();
      client.create(Definitions.RESOURCE, "", "", "", KubeObject.of(definition));
      while (!isServed(client, resource)) {
        LockSupport.parkNanos(200_000);
      }
      if (i >= 5) { // The first ones load classes.
        millis.add((System.nanoTime() - begun) / 1_000_000);
      }
    }
    millis.sort(null);
    // The quicker third, since a busy machine may take its time now and then.
    assertThat(millis.get(2)).as("milliseconds %s", millis).isLessThan(100);
  }

  private static boolean isServed(ApiClient client, GroupVersionResource resource) {
    try {
      client.list(resource, "", ListOptions.ALL);
      return true;
    } catch (StatusException e) {
      assertThat(e.isNotFound()).isTrue();
      return false;
    }
  }

  @Test
  void prunesDefaultsAndCountsGenerations() throws IOException {
    ObjectNode definition =
        definition(
            "crons",
            "Cron",
            """
            {"type":"object","properties":{"schedule":{"type":"string","default":"* *"},
             "replicas":{"type":"integer"},"port":{"x-kubernetes-int-or-string":true},
             "free":{"type":"object","x-kubernetes-preserve-unknown-fields":true},
             "maybe":{"type":"string","nullable":true},
             "pod":{"type":"object","x-kubernetes-embedded-resource":true,
              "properties":{"spec":{"type":"object"}}}}}
            """);
    version(definition, 0).putObject("subresources").putObject("status");
    define(definition);
    JsonNode created =
        tree(
            cluster.post(
                home("crons") + "?fieldValidation=Ignore",
                object(
                    "Cron",
                    "a",
                    """
                    "spec":{"unknown":1,"port":"http","free":{"x":1},"maybe":null,
                     "pod":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","bad":1},
                      "spec":{"dropped":true}}},
                    "status":{"given":1}
                    """)));
    assertThat(created.path("spec").has("unknown")).isFalse();
    assertThat(created.path("spec").path("schedule").asString()).isEqualTo("* *");
    assertThat(created.path("spec").path("port").asString()).isEqualTo("http");
    assertThat(created.path("spec").path("free").path("x").asInt()).isEqualTo(1);
    assertThat(created.path("spec").path("maybe").isNull()).isTrue();
    assertThat(created.path("spec").path("pod").path("kind").asString()).isEqualTo("Pod");
    assertThat(created.path("spec").path("pod").path("metadata").has("bad")).isFalse();
    assertThat(created.path("spec").path("pod").path("spec").has("dropped")).isFalse();
    assertThat(created.has("status")).isFalse();
    assertThat(created.path("metadata").path("generation").asInt()).isEqualTo(1);

    JsonNode patched =
        tree(cluster.send("PATCH", home("crons") + "/a", MERGE, "{\"spec\":{\"replicas\":2}}"));
    assertThat(patched.path("metadata").path("generation").asInt()).isEqualTo(2);
    JsonNode status =
        tree(
            cluster.send(
                "PATCH",
                home("crons") + "/a/status",
                MERGE,
                """
                {"metadata":{"labels":{"not":"taken"}},"spec":{"replicas":9},
                 "status":{"seen":true}}
                """));
    assertThat(status.path("status").path("seen").asBoolean()).isTrue();
    assertThat(status.path("spec").path("replicas").asInt()).isEqualTo(2);
    assertThat(status.path("metadata").has("labels")).isFalse();
    assertThat(status.path("metadata").path("generation").asInt()).isEqualTo(2);

    HttpResponse<String> wrong =
        cluster.post(
            home("crons") + "?fieldValidation=Strict",
            object("Cron", "b", "\"spec\":{\"unknown\":1,\"replicas\":1,\"replicas\":2}"));
    assertThat(wrong.statusCode()).isEqualTo(400);
    assertThat(wrong.body())
        .contains("unknown field \\\"spec.unknown\\\"")
        .contains("duplicate field \\\"spec.replicas\\\"");
    HttpResponse<String> warned =
        cluster.post(home("crons"), object("Cron", "c", "\"spec\":{\"unknown\":1}"));
    assertThat(warned.headers().allValues("Warning"))
        .containsExactly("299 - \"unknown field \\\"spec.unknown\\\"\"");

    HttpResponse<String> type =
        cluster.post(home("crons"), object("Cron", "d", "\"spec\":{\"replicas\":\"two\"}"));
    assertThat(type.statusCode()).isEqualTo(422);
    assertThat(type.body()).contains("spec.replicas");

    HttpResponse<String> strategic =
        cluster.send("PATCH", home("crons") + "/a", "application/strategic-merge-patch+json", "{}");
    assertThat(strategic.statusCode()).isEqualTo(415);
  }

  @Test
  void scalesAndShowsColumns() throws IOException {
    ObjectNode definition =
        definition(
            "fleets",
            "Fleet",
            "{\"type\":\"object\",\"properties\":{\"size\":{\"type\":\"integer\"}}}");
    ObjectNode version = version(definition, 0);
    version.set(
        "subresources",
        Json.MAPPER.readTree(
            """
            {"status":{},"scale":{"specReplicasPath":".spec.size",
             "statusReplicasPath":".status.ready","labelSelectorPath":".status.selector"}}
            """));
    version.set(
        "additionalPrinterColumns",
        Json.MAPPER.readTree(
            """
            [{"name":"Size","type":"integer","jsonPath":".spec.size"},
             {"name":"Up","type":"string",
              "jsonPath":".status.conditions[?(@.type==\\"Up\\")].status","priority":1},
             {"name":"Since","type":"date","jsonPath":".status.since"}]
            """));
    define(definition);
    assertThat(
            cluster
                .post(home("fleets"), object("Fleet", "f", "\"spec\":{\"size\":3}"))
                .statusCode())
        .isEqualTo(201);
    cluster.send(
        "PATCH",
        home("fleets") + "/f/status",
        MERGE,
        """
        {"status":{"ready":2,"selector":"a=b","since":"no time",
         "conditions":[{"type":"Down","status":"False"},{"type":"Up","status":"True"}]}}
        """);
    JsonNode scale = get(home("fleets") + "/f/scale");
    assertThat(scale.path("spec").path("replicas").asInt()).isEqualTo(3);
    assertThat(scale.path("status").path("replicas").asInt()).isEqualTo(2);
    assertThat(scale.path("status").path("selector").asString()).isEqualTo("a=b");
    cluster.send("PATCH", home("fleets") + "/f/scale", MERGE, "{\"spec\":{\"replicas\":5}}");
    assertThat(get(home("fleets") + "/f").path("spec").path("size").asInt()).isEqualTo(5);

    JsonNode table =
        tree(
            cluster.send(
                java.net.http.HttpRequest.newBuilder(cluster.uri(home("fleets")))
                    .header("Accept", "application/json;as=Table;g=meta.k8s.io;v=v1")));
    assertThat(table.path("columnDefinitions").size()).isEqualTo(4);
    assertThat(table.path("columnDefinitions").get(2).path("priority").asInt()).isEqualTo(1);
    assertThat(Json.text(table.path("rows").get(0).path("cells")))
        .isEqualTo("[\"f\",5,\"True\",\"<invalid>\"]");
  }

  @Test
  void selectsByItsOwnFields() throws IOException {
    ObjectNode definition =
        definition(
            "shirts",
            "Shirt",
            "{\"type\":\"object\",\"properties\":{\"color\":{\"type\":\"string\"}}}");
    version(definition, 0).putArray("selectableFields").addObject().put("jsonPath", ".spec.color");
    define(definition);
    for (String color : List.of("red", "blue", "green")) {
      cluster.post(
          home("shirts"),
          object("Shirt", color + "-one", "\"spec\":{\"color\":\"" + color + "\"}"));
    }
    JsonNode blue = get(home("shirts") + "?fieldSelector=spec.color%3Dblue");
    assertThat(blue.path("kind").asString()).isEqualTo("ShirtList");
    assertThat(blue.path("items").size()).isEqualTo(1);
    assertThat(cluster.get(home("shirts") + "?fieldSelector=spec.size%3D1").statusCode())
        .isEqualTo(400);
    cluster.send("DELETE", home("shirts") + "?fieldSelector=spec.color%21%3Dblue", JSON, "");
    assertThat(get(home("shirts")).path("items").size()).isEqualTo(1);
  }

  @Test
  void servesSeveralVersionsOfOneObject() throws IOException {
    ObjectNode definition =
        definition(
            "two", "Two", "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}}}");
    ObjectNode second = version(definition, 0).deepCopy();
    second.put("name", "v2").put("storage", false).put("deprecated", true);
    ((ObjectNode) second.at("/schema/openAPIV3Schema/properties/spec/properties"))
        .set("b", Json.MAPPER.readTree("{\"type\":\"string\",\"default\":\"bee\"}"));
    ((tools.jackson.databind.node.ArrayNode) definition.path("spec").path("versions")).add(second);
    define(definition);
    cluster.post(home("two"), object("Two", "x", "\"spec\":{\"a\":\"1\"}"));
    HttpResponse<String> as2 = cluster.get("/apis/example.com/v2/namespaces/default/two/x");
    assertThat(as2.headers().allValues("Warning"))
        .containsExactly("299 - \"example.com/v2 Two is deprecated\"");
    assertThat(tree(as2).path("apiVersion").asString()).isEqualTo("example.com/v2");
    assertThat(tree(as2).path("spec").has("b")).isFalse();

    // The storage version changes; what is stored stays, and both can be read.
    ObjectNode now = (ObjectNode) get(DEFINITIONS + "/two.example.com");
    version(now, 0).put("storage", false);
    version(now, 1).put("storage", true);
    JsonNode changed =
        tree(cluster.send("PUT", DEFINITIONS + "/two.example.com", JSON, Json.text(now)));
    assertThat(Json.text(changed.path("status").path("storedVersions")))
        .isEqualTo("[\"v1\",\"v2\"]");
    cluster.post(home("two"), object("Two", "y", "\"spec\":{\"a\":\"2\"}"));
    eventually(
        () -> {
          JsonNode items = get("/apis/example.com/v2/namespaces/default/two").path("items");
          return items.size() == 2
              && items.get(1).path("spec").path("b").asString("").equals("bee");
        });
    JsonNode first = get(home("two"));
    assertThat(first.path("items").size()).isEqualTo(2);
    for (JsonNode item : first.path("items")) {
      assertThat(item.path("apiVersion").asString()).isEqualTo("example.com/v1");
      assertThat(item.path("spec").has("b")).isFalse();
    }
  }

  @Test
  void namesThatAreTakenAreNotAccepted() throws IOException {
    define(definition("ones", "Same", "{\"type\":\"object\"}"));
    assertThat(
            cluster
                .post(DEFINITIONS, Json.text(definition("others", "Same", "{\"type\":\"object\"}")))
                .statusCode())
        .isEqualTo(201);
    eventually(() -> condition("others.example.com", "NamesAccepted").equals("False"));
    assertThat(condition("others.example.com", "Established")).isEqualTo("False");
    assertThat(cluster.get(home("others")).statusCode()).isEqualTo(404);
    cluster.send("DELETE", DEFINITIONS + "/ones.example.com", JSON, "");
    eventually(() -> condition("others.example.com", "Established").equals("True"));
    assertThat(cluster.get(home("others")).statusCode()).isEqualTo(200);
  }

  @Test
  void aDefinitionTakesItsObjectsWithItAndMayComeBack() throws IOException {
    ObjectNode definition = definition("temps", "Temp", "{\"type\":\"object\"}");
    define(definition);
    cluster.post(
        home("temps"),
        "{\"apiVersion\":\"example.com/v1\",\"kind\":\"Temp\",\"metadata\":{\"name\":\"held\","
            + "\"finalizers\":[\"example.com/hold\"]}}");
    cluster.post(home("temps"), object("Temp", "free", ""));
    JsonNode deleted = tree(cluster.send("DELETE", DEFINITIONS + "/temps.example.com", JSON, ""));
    assertThat(deleted.path("metadata").path("finalizers").get(0).asString())
        .isEqualTo("customresourcecleanup.apiextensions.k8s.io");
    eventually(() -> get(home("temps")).path("items").size() == 1);
    eventually(() -> condition("temps.example.com", "Terminating").equals("True"));
    assertThat(cluster.post(home("temps"), object("Temp", "late", "")).statusCode()).isEqualTo(405);
    cluster.send("PATCH", home("temps") + "/held", MERGE, "{\"metadata\":{\"finalizers\":null}}");
    eventually(() -> get(DEFINITIONS + "/temps.example.com").path("code").asInt(0) == 404);
    eventually(() -> get(home("temps")).path("code").asInt(0) == 404);
    define(definition);
    assertThat(get(home("temps")).path("items").size()).isZero();
  }

  @Test
  void aWatchEndsWithItsDefinition() throws Exception {
    ObjectNode definition = definition("seens", "Seen", "{\"type\":\"object\"}");
    define(definition);
    cluster.post(home("seens"), object("Seen", "a", ""));
    var lines =
        cluster
            .http()
            .send(
                java.net.http.HttpRequest.newBuilder(cluster.uri(home("seens") + "?watch=true"))
                    .build(),
                HttpResponse.BodyHandlers.ofLines());
    cluster.send("DELETE", DEFINITIONS + "/seens.example.com", JSON, "");
    List<String> events =
        lines.body().map(l -> Json.MAPPER.readTree(l).path("type").asString()).toList();
    assertThat(events).containsExactly("ADDED", "DELETED");
  }

  @Test
  void isShownByDiscoveryAndOpenApi() throws IOException {
    ObjectNode definition =
        definition(
            "docs",
            "Doc",
            """
            {"type":"object","required":["a","n"],"properties":{
             "a":{"type":"string","default":"x","enum":["x"]},
             "n":{"type":"object","nullable":true,"properties":{"b":{"type":"string"}}},
             "i":{"x-kubernetes-int-or-string":true,
              "anyOf":[{"type":"integer"},{"type":"string"}]}}}
            """);
    JsonNode before = get("/openapi/v2");
    String builtIn = get("/openapi/v3").at("/paths/api~1v1/serverRelativeURL").asString();
    assertThat(before.path("definitions").has("com.example.v1.Doc")).isFalse();
    define(definition);
    JsonNode spec =
        get("/openapi/v2").path("definitions").path("com.example.v1.Doc").at("/properties/spec");
    // Version 2 knows no null, no choices and no defaults.
    assertThat(Json.text(spec.path("required"))).isEqualTo("[\"a\"]");
    assertThat(Json.text(spec.at("/properties/n"))).isEqualTo("{}");
    assertThat(spec.at("/properties/a").has("default")).isFalse();
    assertThat(Json.text(spec.at("/properties/i")))
        .isEqualTo("{\"x-kubernetes-int-or-string\":true}");
    JsonNode paths = get("/openapi/v3").path("paths");
    assertThat(paths.at("/api~1v1/serverRelativeURL").asString()).isEqualTo(builtIn);
    JsonNode v3 = get(paths.at("/apis~1example.com~1v1/serverRelativeURL").asString());
    assertThat(v3.at("/components/schemas/com.example.v1.Doc/properties/spec/properties/a/default"))
        .isEqualTo(Json.MAPPER.stringNode("x"));
    assertThat(v3.at("/components/schemas").has("com.example.v1.DocList")).isTrue();
    assertThat(v3.path("paths").has("/apis/example.com/v1/namespaces/{namespace}/docs")).isTrue();

    boolean listed = false;
    for (JsonNode r : get("/apis/example.com/v1").path("resources")) {
      listed |= r.path("name").asString().equals("docs");
    }
    assertThat(listed).isTrue();
    cluster.send("DELETE", DEFINITIONS + "/docs.example.com", JSON, "");
    eventually(() -> !get("/openapi/v2").path("definitions").has("com.example.v1.Doc"));
  }

  @Test
  void appliesByItsSchema() throws IOException {
    define(
        definition(
            "maps",
            "Chart",
            """
            {"type":"object","properties":{
             "ports":{"type":"array","x-kubernetes-list-type":"map",
              "x-kubernetes-list-map-keys":["name"],"items":{"type":"object","required":["name"],
               "properties":{"name":{"type":"string"},"n":{"type":"integer"}}}},
             "whole":{"type":"array","items":{"type":"string"}}}}
            """));
    String apply = "application/apply-patch+yaml";
    assertThat(
            cluster
                .send(
                    "PATCH",
                    home("maps") + "/m?fieldManager=one",
                    apply,
                    object(
                        "Chart",
                        "m",
                        "\"spec\":{\"ports\":[{\"name\":\"a\",\"n\":1}],\"whole\":[\"x\"]}"))
                .statusCode())
        .isEqualTo(201);
    JsonNode merged =
        tree(
            cluster.send(
                "PATCH",
                home("maps") + "/m?fieldManager=two",
                apply,
                object("Chart", "m", "\"spec\":{\"ports\":[{\"name\":\"b\",\"n\":2}]}")));
    assertThat(merged.path("spec").path("ports").size()).isEqualTo(2);
    HttpResponse<String> conflict =
        cluster.send(
            "PATCH",
            home("maps") + "/m?fieldManager=two",
            apply,
            object("Chart", "m", "\"spec\":{\"whole\":[\"y\"]}"));
    assertThat(conflict.statusCode()).isEqualTo(409);
    assertThat(conflict.body()).contains(".spec.whole");
  }
}
