package dev.mokha.docker.cluster;

import static dev.mokha.docker.cluster.ContainerResource.CONTAINERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ListOptions;
import dev.mokha.junit.Mokha;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class ContainerMirrorTest {
  private static final String ID = "0123456789abcdef".repeat(4);
  private static final String OTHER = "fedcba9876543210".repeat(4);

  private static Mokha mokha;

  /** Containers a test puts there. */
  private static final class Shelf implements ContainerMirror.Source {
    private final Map<String, ShownContainer> containers = new ConcurrentHashMap<>();

    @Override
    public List<ShownContainer> all() {
      return List.copyOf(containers.values());
    }

    @Override
    public Optional<ShownContainer> find(String id) {
      return Optional.ofNullable(containers.get(id));
    }
  }

  @BeforeAll
  static void start() throws Exception {
    mokha = Mokha.start();
    ContainerResource.install(mokha.client());
    await(
        () ->
            mokha
                .client()
                .find(
                    new GroupVersionResource(
                        "admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings"),
                    "",
                    "containers.engine.mokha.dev")
                .isPresent());
  }

  @AfterAll
  static void stop() {
    mokha.close();
  }

  /** Waits for what no watch tells: that definitions and policies are in force. */
  private static void await(Callable<Boolean> condition) throws Exception {
    Instant end = Instant.now().plus(Duration.ofSeconds(20));
    while (!condition.call()) {
      assertThat(Instant.now()).isBefore(end);
      Thread.sleep(20);
    }
  }

  private static ShownContainer container(String id, String namespace, String state) {
    return new ShownContainer(
        id,
        "Web_1",
        namespace,
        "unix:alice",
        "redis:7",
        "sha256:" + id,
        List.of("redis-server"),
        List.of("127.0.0.1:6379->6379/tcp"),
        1500,
        64 << 20,
        state,
        "",
        0,
        Instant.parse("2026-11-22T10:00:00Z"),
        null,
        "172.17.0.2");
  }

  private static ApiClient node(String name) {
    return mokha.as("system:node:" + name, "system:nodes", "system:authenticated");
  }

  private static BlockingQueue<String> watch(String namespace) {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    mokha
        .client()
        .watch(
            CONTAINERS,
            namespace,
            ListOptions.ALL,
            new ApiClient.WatchHandler() {
              @Override
              public void onEvent(String type, KubeObject object) {
                ObjectNode tree = object.toTree();
                heard.add(type + " " + tree.path("status").path("state").asString(""));
              }

              @Override
              public void onClose(StatusException cause) {
                heard.add("closed");
              }
            });
    return heard;
  }

  private static String next(BlockingQueue<String> heard) throws InterruptedException {
    return heard.poll(20, TimeUnit.SECONDS);
  }

  @Test
  void anObjectFollowsItsContainer() throws Exception {
    String namespace = mokha.namespace("shown");
    BlockingQueue<String> heard = watch(namespace);
    Shelf shelf = new Shelf();
    shelf.containers.put(ID, container(ID, namespace, "running"));
    try (ContainerMirror mirror = ContainerMirror.start(node("one"), "one", shelf)) {
      assertThat(next(heard)).isEqualTo("ADDED running");
      ObjectNode tree = mokha.client().get(CONTAINERS, namespace, "0123456789ab", "").toTree();
      assertThat(tree.path("spec").path("containerName").asString("")).isEqualTo("Web_1");
      assertThat(tree.path("spec").path("cpu").asString("")).isEqualTo("1500m");
      shelf.containers.put(ID, container(ID, namespace, "exited"));
      mirror.changed(ID);
      assertThat(next(heard)).isEqualTo("MODIFIED exited");
      shelf.containers.clear();
      mirror.changed(ID);
      assertThat(next(heard)).startsWith("DELETED");
    }
  }

  @Test
  void aFreshDaemonTakesAwayWhatIsNoMore() throws Exception {
    String namespace = mokha.namespace("adopted");
    BlockingQueue<String> heard = watch(namespace);
    Shelf shelf = new Shelf();
    shelf.containers.put(OTHER, container(OTHER, namespace, "running"));
    try (ContainerMirror mirror = ContainerMirror.start(node("two"), "two", shelf)) {
      assertThat(next(heard)).isEqualTo("ADDED running");
      mirror.changed(OTHER); // nothing has changed: nothing is sent
    }
    shelf.containers.clear();
    try (ContainerMirror mirror = ContainerMirror.start(node("two"), "two", shelf)) {
      assertThat(next(heard)).isEqualTo("DELETED running");
      mirror.changed(OTHER);
    }
  }

  @Test
  void nobodyButTheNodeWritesIt() {
    String namespace = mokha.namespace("readonly");
    ObjectNode forged = forged();
    forged.putObject("metadata").put("name", "forged").put("namespace", namespace);
    for (ApiClient client : List.of(mokha.client(), node("another"))) {
      assertThatThrownBy(() -> client.create(CONTAINERS, namespace, "", "", KubeObject.of(forged)))
          .isInstanceOf(StatusException.class)
          .hasMessageContaining("through the node's Docker API");
    }
  }

  private static ObjectNode forged() {
    ObjectNode tree = dev.mokha.api.object.Json.MAPPER.createObjectNode();
    tree.put("apiVersion", "engine.mokha.dev/v1alpha1").put("kind", "Container");
    tree.putObject("spec")
        .put("nodeName", "one")
        .put("containerID", ID)
        .put("containerName", "forged");
    return tree;
  }
}
