package dev.mokha.controllers.namespaces;

import static dev.mokha.controllers.ControlPlane.core;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.ApiClient.PatchType;
import dev.mokha.controllers.ControlPlane;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The end of a namespace on a running server. */
final class NamespaceControllerTest {
  private static ControlPlane plane;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    plane = ControlPlane.start(directory, 0);
  }

  @AfterAll
  static void stop() {
    plane.close();
  }

  private static void release(String resource, String namespace, String name) {
    plane
        .admin()
        .patch(
            core(resource),
            namespace,
            name,
            "",
            PatchType.MERGE,
            "{\"metadata\":{\"finalizers\":null}}".getBytes(StandardCharsets.UTF_8),
            false);
  }

  private static boolean says(JsonNode namespace, String condition, String status, String message) {
    return namespace != null
        && namespace
            .path("status")
            .path("conditions")
            .valueStream()
            .anyMatch(
                c ->
                    c.path("type").asString("").equals(condition)
                        && c.path("status").asString("").equals(status)
                        && c.path("message").asString("").contains(message));
  }

  @Test
  void podsGoFirstAndConditionsSayWhatHoldsIt() {
    plane.namespace("ordered");
    plane.await(core("serviceaccounts"), "ordered", "default", a -> a != null);
    plane.create(
        core("pods"),
        "ordered",
        "{metadata: {name: p, finalizers: [example.com/pod]}, spec: {containers: [{name: c, image:"
            + " i}]}}");
    plane.create(
        core("configmaps"), "ordered", "{metadata: {name: m, finalizers: [example.com/map]}}");
    plane.admin().delete(core("namespaces"), "", "ordered", DeleteOptions.DEFAULT);
    plane.await(
        core("namespaces"),
        "",
        "ordered",
        n ->
            says(n, "NamespaceContentRemaining", "True", "pods. has 1 resource instances")
                && says(
                    n,
                    "NamespaceFinalizersRemaining",
                    "True",
                    "example.com/pod in 1 resource instances")
                && says(n, "NamespaceDeletionContentFailure", "False", "")
                && says(n, "NamespaceDeletionDiscoveryFailure", "False", ""));
    assertThat(plane.admin().get(core("configmaps"), "ordered", "m", "").isDeleting()).isFalse();
    release("pods", "ordered", "p");
    plane.await(
        core("namespaces"),
        "",
        "ordered",
        n -> says(n, "NamespaceContentRemaining", "True", "configmaps. has 1 resource instances"));
    release("configmaps", "ordered", "m");
    plane.awaitGone(core("namespaces"), "", "ordered");
  }

  @Test
  void anEmptyNamespaceGoesAtOnce() {
    plane.namespace("empty");
    plane.admin().delete(core("namespaces"), "", "empty", DeleteOptions.DEFAULT);
    plane.awaitGone(core("namespaces"), "", "empty");
  }
}
