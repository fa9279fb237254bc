package dev.mokha.controllers.quota;

import static dev.mokha.controllers.ControlPlane.core;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.ApiClient.PatchType;
import dev.mokha.controllers.ControlPlane;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Quotas of a running server: what the loop writes and admission books together. */
final class QuotaControllerTest {
  private static final GroupVersionResource QUOTAS = core("resourcequotas");
  private static ControlPlane plane;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    plane = ControlPlane.start(directory, 0);
  }

  @AfterAll
  static void stop() {
    plane.close();
  }

  private static void quota(String namespace, String name, String spec) {
    plane.create(QUOTAS, namespace, "{metadata: {name: %s}, spec: %s}".formatted(name, spec));
  }

  private static void awaitUsed(String namespace, String name, Map<String, String> used) {
    plane.await(
        QUOTAS,
        namespace,
        name,
        quota -> {
          Map<String, String> actual = new TreeMap<>();
          if (quota != null) {
            quota
                .path("status")
                .path("used")
                .properties()
                .forEach(e -> actual.put(e.getKey(), e.getValue().asString()));
          }
          return actual.equals(used);
        });
  }

  private static void pod(String namespace, String name, String spec) {
    plane.create(
        core("pods"),
        namespace,
        "{metadata: {name: %s}, spec: {%s containers: [{name: c, image: i, resources: {requests: {cpu: 100m, memory: 1Mi, example.com/thing: 2}, limits: {example.com/thing: 2}}}]}}"
            .formatted(name, spec));
  }

  @Test
  void usageFollowsCreationAndDeletion() {
    plane.namespace("follow");
    plane.await(core("serviceaccounts"), "follow", "default", a -> a != null);
    quota(
        "follow",
        "q",
        "{hard: {pods: 5, cpu: 1, requests.memory: 1Gi, requests.example.com/thing: 4,"
            + " services.nodeports: 2, secrets: 9, requests.storage: 5Gi,"
            + " gold.storageclass.storage.k8s.io/requests.storage: 3Gi}}");
    awaitUsed("follow", "q", used("0", "0", "0", "0", "0", "0", "0", "0"));
    pod("follow", "a", "");
    plane.create(
        core("services"),
        "follow",
        "{metadata: {name: s}, spec: {type: NodePort, ports: [{port: 80}]}}");
    plane.create(core("secrets"), "follow", "{metadata: {name: x}}");
    plane.create(
        core("persistentvolumeclaims"),
        "follow",
        "{metadata: {name: p}, spec: {accessModes: [ReadWriteOnce], storageClassName: gold,"
            + " resources: {requests: {storage: 1Gi}}}}");
    awaitUsed("follow", "q", used("1", "100m", "1Mi", "2", "1", "1", "1Gi", "1Gi"));
    plane
        .admin()
        .patch(
            core("pods"),
            "follow",
            "a",
            "status",
            PatchType.MERGE,
            "{\"status\":{\"phase\":\"Succeeded\"}}".getBytes(StandardCharsets.UTF_8),
            false);
    plane.admin().delete(core("services"), "follow", "s", DeleteOptions.DEFAULT);
    plane.admin().delete(core("secrets"), "follow", "x", DeleteOptions.DEFAULT);
    awaitUsed("follow", "q", used("0", "0", "0", "0", "0", "0", "1Gi", "1Gi"));
  }

  private static Map<String, String> used(
      String pods,
      String cpu,
      String memory,
      String thing,
      String ports,
      String secrets,
      String storage,
      String gold) {
    return Map.of(
        "pods", pods,
        "cpu", cpu,
        "requests.memory", memory,
        "requests.example.com/thing", thing,
        "services.nodeports", ports,
        "secrets", secrets,
        "requests.storage", storage,
        "gold.storageclass.storage.k8s.io/requests.storage", gold);
  }

  @Test
  void scopesChooseTheirPods() {
    plane.namespace("scopes");
    plane.await(core("serviceaccounts"), "scopes", "default", a -> a != null);
    quota("scopes", "ending", "{hard: {pods: 5}, scopes: [Terminating]}");
    quota("scopes", "lasting", "{hard: {pods: 5}, scopes: [NotTerminating]}");
    quota("scopes", "best", "{hard: {pods: 5}, scopes: [BestEffort]}");
    quota(
        "scopes",
        "urgent",
        "{hard: {pods: 5}, scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator:"
            + " In, values: [system-node-critical]}]}}");
    pod("scopes", "a", "activeDeadlineSeconds: 600,");
    pod("scopes", "b", "priorityClassName: system-node-critical,");
    plane.create(
        core("pods"), "scopes", "{metadata: {name: c}, spec: {containers: [{name: c, image: i}]}}");
    awaitUsed("scopes", "ending", Map.of("pods", "1"));
    awaitUsed("scopes", "lasting", Map.of("pods", "2"));
    awaitUsed("scopes", "best", Map.of("pods", "1"));
    awaitUsed("scopes", "urgent", Map.of("pods", "1"));
  }

  @Test
  void whoeverIsFirstGetsTheRest() throws Exception {
    plane.namespace("race");
    quota("race", "q", "{hard: {count/secrets: 10, count/leases.coordination.k8s.io: 1}}");
    List<Future<KubeObject>> all = new ArrayList<>();
    int created = 0;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 60; i++) {
        String body = "{metadata: {name: s%d}}".formatted(i);
        all.add(threads.submit(() -> plane.create(core("secrets"), "race", body)));
      }
      for (Future<KubeObject> one : all) {
        try {
          one.get();
          created++;
        } catch (ExecutionException e) {
          assertThat(e.getCause())
              .isInstanceOf(StatusException.class)
              .hasMessageContaining(
                  "exceeded quota: q, requested: count/secrets=1, used: count/secrets=10, limited:"
                      + " count/secrets=10");
        }
      }
    }
    assertThat(created).isEqualTo(10);
    plane.admin().delete(core("secrets"), "race", firstSecret(), DeleteOptions.DEFAULT);
    // At once, whether or not the loop has seen the deletion.
    plane.create(core("secrets"), "race", "{metadata: {name: again}}");
    awaitUsed("race", "q", Map.of("count/secrets", "10", "count/leases.coordination.k8s.io", "0"));
  }

  private static String firstSecret() {
    return plane
        .admin()
        .list(core("secrets"), "race", dev.mokha.client.ListOptions.ALL)
        .items()
        .getFirst()
        .name();
  }

  @Test
  void aDryRunOrARefusedObjectBooksNothing() {
    plane.namespace("nothing");
    quota("nothing", "q", "{hard: {secrets: 1}}");
    awaitUsed("nothing", "q", Map.of("secrets", "0"));
    assertThatThrownBy(
            () -> plane.create(core("secrets"), "nothing", "{metadata: {name: NotAName}}"))
        .hasMessageContaining("metadata.name");
    awaitUsed("nothing", "q", Map.of("secrets", "0"));
    plane.create(core("secrets"), "nothing", "{metadata: {name: fine}}");
    assertThatThrownBy(() -> plane.create(core("secrets"), "nothing", "{metadata: {name: two}}"))
        .hasMessageContaining("exceeded quota: q, requested: secrets=1, used: secrets=1");
  }

  @Test
  void aStatusWrittenByHandIsCorrected() {
    plane.namespace("hand");
    quota("hand", "q", "{hard: {cpu: 1, resourcequotas: 3}}");
    awaitUsed("hand", "q", Map.of("cpu", "0", "resourcequotas", "1"));
    plane
        .admin()
        .patch(
            QUOTAS,
            "hand",
            "q",
            "status",
            PatchType.MERGE,
            "{\"status\":{\"hard\":{\"cpu\":\"7\"},\"used\":{\"cpu\":\"3\"}}}"
                .getBytes(StandardCharsets.UTF_8),
            false);
    plane.await(
        QUOTAS,
        "hand",
        "q",
        q -> q.path("status").path("hard").path("cpu").asString("").equals("1"));
    awaitUsed("hand", "q", Map.of("cpu", "0", "resourcequotas", "1"));
  }
}
