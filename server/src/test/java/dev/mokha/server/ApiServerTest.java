package dev.mokha.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.ApiClient.PatchType;
import dev.mokha.client.ListOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

class ApiServerTest {
  private static final GroupVersionResource CONFIG_MAPS =
      new GroupVersionResource("", "v1", "configmaps");

  @TempDir static Path directory;
  private static TestCluster cluster;

  @BeforeAll
  static void start() throws IOException {
    cluster =
        new TestCluster(directory).with("life", "net", "watched", "local", "elsewhere", "paged");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static KubeObject configMap(String namespace, String name, String value) {
    return KubeObject.parse(
        """
        {"apiVersion":"v1","kind":"ConfigMap","metadata":{"namespace":"%s","name":"%s"},"data":{"k":"%s"}}\
        """
            .formatted(namespace, name, value)
            .getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void anObjectLivesInProcess() {
    ApiClient client = cluster.admin();

    KubeObject created = client.create(CONFIG_MAPS, "life", "", "", configMap("life", "a", "1"));
    assertThat(created.uid()).isNotEmpty();
    assertThat(created.resourceVersion()).isNotEmpty();
    assertThat(client.get(CONFIG_MAPS, "life", "a", "").json()).isEqualTo(created.json());
    assertThatThrownBy(
            () -> client.create(CONFIG_MAPS, "life", "", "", configMap("life", "a", "1")))
        .hasMessage("configmaps \"a\" already exists");

    ObjectNode tree = created.toTree();
    tree.withObject("/data").put("k", "2");
    KubeObject updated = client.update(CONFIG_MAPS, "life", "", KubeObject.of(tree));
    assertThat(updated.resourceVersion()).isNotEqualTo(created.resourceVersion());
    assertThatThrownBy(() -> client.update(CONFIG_MAPS, "life", "", KubeObject.of(tree)))
        .hasMessageContaining("the object has been modified");

    KubeObject patched =
        client.patch(
            CONFIG_MAPS,
            "life",
            "a",
            "",
            PatchType.MERGE,
            "{\"data\":{\"k\":\"3\"}}".getBytes(StandardCharsets.UTF_8),
            false);
    assertThat(patched.toTree().path("data").path("k").asString()).isEqualTo("3");

    client.delete(CONFIG_MAPS, "life", "a", DeleteOptions.uid(created.uid()));
    assertThat(client.find(CONFIG_MAPS, "life", "a")).isEmpty();
    assertThatThrownBy(() -> client.get(CONFIG_MAPS, "life", "a", ""))
        .isInstanceOfSatisfying(StatusException.class, e -> assertThat(e.isNotFound()).isTrue());
  }

  @Test
  void anObjectLivesOverHttps() throws IOException {
    String path = "/api/v1/namespaces/net/configmaps";
    HttpResponse<String> created =
        cluster.post(
            path,
            """
            {"metadata":{"name":"a","labels":{"x":"y"}},"data":{"k":"1"}}\
            """);
    assertThat(created.statusCode()).isEqualTo(201);
    assertThat(created.version()).isEqualTo(HttpClient.Version.HTTP_2);

    HttpResponse<String> read = cluster.get(path + "/a");
    assertThat(read.body()).isEqualTo(created.body());

    HttpResponse<String> list = cluster.get(path + "?labelSelector=x%3Dy");
    ObjectNode tree = Json.parseObject(list.body().getBytes(StandardCharsets.UTF_8));
    assertThat(tree.path("kind").asString()).isEqualTo("ConfigMapList");
    assertThat(tree.path("items")).hasSize(1);

    HttpResponse<String> deleted = cluster.send("DELETE", path + "/a", "application/json", "");
    assertThat(deleted.statusCode()).isEqualTo(200);
    assertThat(deleted.body()).contains("\"status\":\"Success\"");
    assertThat(cluster.get(path + "/a").statusCode()).isEqualTo(404);
  }

  @Test
  void whoeverShowsNothingIsForbidden() throws Exception {
    HttpResponse<String> answer =
        cluster
            .client(null)
            .send(
                HttpRequest.newBuilder(cluster.uri("/api/v1/namespaces/default/pods")).build(),
                HttpResponse.BodyHandlers.ofString());

    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body()).contains("User \\\"system:anonymous\\\" cannot list resource");
  }

  @Test
  void aWatchOverHttpsTellsWhatHappens() throws Exception {
    ApiClient client = cluster.admin();
    client.create(CONFIG_MAPS, "watched", "", "", configMap("watched", "before", "1"));
    HttpResponse<InputStream> stream =
        cluster
            .http()
            .send(
                HttpRequest.newBuilder(cluster.uri("/api/v1/namespaces/watched/configmaps?watch=1"))
                    .build(),
                HttpResponse.BodyHandlers.ofInputStream());
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
      assertThat(lines.readLine()).startsWith("{\"type\":\"ADDED\"").contains("before");
      client.create(CONFIG_MAPS, "watched", "", "", configMap("watched", "b", "1"));
      assertThat(lines.readLine()).startsWith("{\"type\":\"ADDED\"").contains("\"b\"");
      client.delete(CONFIG_MAPS, "watched", "b", DeleteOptions.DEFAULT);
      assertThat(lines.readLine()).startsWith("{\"type\":\"DELETED\"").contains("\"b\"");
    }
  }

  @Test
  void aWatchInProcessGoesOnFromAListsRevision() throws Exception {
    ApiClient client = cluster.admin();
    client.create(CONFIG_MAPS, "local", "", "", configMap("local", "a", "1"));
    String revision = client.list(CONFIG_MAPS, "local", ListOptions.ALL).resourceVersion();
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    try (ApiClient.Watch watch =
        client.watch(
            CONFIG_MAPS,
            "local",
            ListOptions.ALL.from(revision),
            new ApiClient.WatchHandler() {
              @Override
              public void onEvent(String type, KubeObject object) {
                heard.add(type + " " + object.name());
              }

              @Override
              public void onClose(StatusException cause) {
                heard.add("closed");
              }
            })) {
      client.create(CONFIG_MAPS, "local", "", "", configMap("local", "b", "1"));
      client.create(CONFIG_MAPS, "elsewhere", "", "", configMap("elsewhere", "c", "1"));
      client.delete(CONFIG_MAPS, "local", "a", DeleteOptions.DEFAULT);
      assertThat(heard.poll(5, TimeUnit.SECONDS)).isEqualTo("ADDED b");
      assertThat(heard.poll(5, TimeUnit.SECONDS)).isEqualTo("DELETED a");
    }
  }

  @Test
  void pagesOfAListAreOfOneSnapshot() {
    ApiClient client = cluster.admin();
    for (String name : List.of("a", "b", "c", "d", "e")) {
      client.create(CONFIG_MAPS, "paged", "", "", configMap("paged", name, "1"));
    }
    ListOptions two = new ListOptions("", "", "", 2, "", false, 0);

    ApiClient.ObjectList first = client.list(CONFIG_MAPS, "paged", two);
    client.delete(CONFIG_MAPS, "paged", "d", DeleteOptions.DEFAULT);
    ApiClient.ObjectList second =
        client.list(CONFIG_MAPS, "paged", two.next(first.continueToken()));
    ApiClient.ObjectList third =
        client.list(CONFIG_MAPS, "paged", two.next(second.continueToken()));

    assertThat(first.items()).extracting(KubeObject::name).containsExactly("a", "b");
    assertThat(second.items()).extracting(KubeObject::name).containsExactly("c", "d");
    assertThat(third.items()).extracting(KubeObject::name).containsExactly("e");
    assertThat(third.continueToken()).isEmpty();
    assertThat(third.resourceVersion()).isEqualTo(first.resourceVersion());
  }

  @Test
  void healthAndVersionAreTold() throws IOException {
    assertThat(cluster.get("/readyz").body()).isEqualTo("ok");
    assertThat(cluster.get("/livez?verbose").body()).contains("[+]ping ok").endsWith("passed\n");
    assertThat(cluster.get("/version").body()).contains("\"gitVersion\":\"v1.36.0+mokha");
    assertThat(cluster.get("/nonsense").statusCode()).isEqualTo(404);
  }
}
