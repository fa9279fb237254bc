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
import dev.mokha.server.authentication.UserInfo;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What the kinds do that applications are made of. */
class WorkloadPathsTest {
  private static final GroupVersionResource PODS = core("pods");
  private static final GroupVersionResource SERVICES = core("services");
  private static final GroupVersionResource DEPLOYMENTS =
      new GroupVersionResource("apps", "v1", "deployments");

  @TempDir static Path directory;
  private static TestCluster cluster;
  private static ApiClient client;

  @BeforeAll
  static void start() throws IOException {
    cluster = new TestCluster(directory).with("w");
    client = cluster.admin();
    client.create(core("serviceaccounts"), "w", "", "", json("{'metadata':{'name':'default'}}"));
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static GroupVersionResource core(String resource) {
    return new GroupVersionResource("", "v1", resource);
  }

  private static KubeObject json(String text) {
    return KubeObject.parse(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  private static KubeObject pod(String name, String labels) {
    return client.create(
        PODS,
        "w",
        "",
        "",
        json(
            "{'metadata':{'name':'%s','labels':%s},'spec':{'containers':[{'name':'c','image':'i'}]}}"
                .formatted(name, labels)));
  }

  private static JsonNode status(String name) {
    return client.get(PODS, "w", name, "").toTree().path("status");
  }

  private static void bind(String name, String node) {
    client.create(
        PODS,
        "w",
        name,
        "binding",
        json(
            "{'metadata':{'name':'%s'},'target':{'kind':'Node','name':'%s'}}"
                .formatted(name, node)));
  }

  @Test
  void aPodIsBoundOnceAndDeletedInTwoSteps() {
    pod("b", "{}");
    assertThat(status("b").path("phase").asString()).isEqualTo("Pending");
    assertThat(status("b").path("qosClass").asString()).isEqualTo("BestEffort");

    bind("b", "n1");
    assertThatThrownBy(() -> bind("b", "n2"))
        .hasMessageContaining("already assigned to node \"n1\"");
    assertThat(client.list(PODS, "", ListOptions.fields("spec.nodeName=n1")).items())
        .extracting(KubeObject::name)
        .containsExactly("b");

    KubeObject marked = client.delete(PODS, "w", "b", DeleteOptions.DEFAULT);
    assertThat(marked.isDeleting()).isTrue();
    assertThat(marked.toTree().path("metadata").path("deletionGracePeriodSeconds").asInt())
        .isEqualTo(30);
    client.delete(PODS, "w", "b", DeleteOptions.now());
    assertThat(client.find(PODS, "w", "b")).isEmpty();
  }

  @Test
  void aPodWithoutANodeGoesAtOnceUnlessAFinalizerHoldsIt() {
    pod("u", "{}");
    client.delete(PODS, "w", "u", DeleteOptions.DEFAULT);
    assertThat(client.find(PODS, "w", "u")).isEmpty();

    KubeObject held = pod("h", "{}");
    patch(PODS, "h", "{'metadata':{'finalizers':['example.com/hold']}}");
    client.delete(PODS, "w", "h", DeleteOptions.uid(held.uid()));
    assertThat(client.get(PODS, "w", "h", "").isDeleting()).isTrue();
    patch(PODS, "h", "{'metadata':{'finalizers':null}}");
    assertThat(client.find(PODS, "w", "h")).isEmpty();
  }

  private static KubeObject patch(GroupVersionResource resource, String name, String patch) {
    return client.patch(
        resource,
        "w",
        name,
        "",
        PatchType.MERGE,
        patch.replace('\'', '"').getBytes(StandardCharsets.UTF_8),
        false);
  }

  @Test
  void aServiceHoldsItsAddressAndPortUntilItGoes() {
    String text =
        "{'metadata':{'name':'s1'},'spec':{'type':'NodePort','ports':[{'port':80,'nodePort':30999}]}}";
    KubeObject service = client.create(SERVICES, "w", "", "", json(text));
    String address = service.toTree().path("spec").path("clusterIP").asString();
    assertThat(address).startsWith("10.43.");
    assertThatThrownBy(() -> client.create(SERVICES, "w", "", "", json(text.replace("s1", "s2"))))
        .hasMessageContaining("provided port is already allocated");
    assertThatThrownBy(
            () ->
                client.create(
                    SERVICES,
                    "w",
                    "",
                    "",
                    json(
                        "{'metadata':{'name':'s3'},'spec':{'clusterIP':'%s','ports':[{'port':80}]}}"
                            .formatted(address))))
        .hasMessageContaining("provided IP is already allocated");

    ObjectNode bare = json(text).toTree();
    bare.withObject("/metadata").put("namespace", "w");
    KubeObject updated = client.update(SERVICES, "w", "", KubeObject.of(bare));
    assertThat(updated.toTree().path("spec").path("clusterIP").asString()).isEqualTo(address);

    client.delete(SERVICES, "w", "s1", DeleteOptions.DEFAULT);
    client.create(SERVICES, "w", "", "", json(text.replace("s1", "s4")));
    client.delete(SERVICES, "w", "s4", DeleteOptions.DEFAULT);
  }

  @Test
  void scaleChangesReplicasAndStatusLeavesTheSpecAlone() {
    KubeObject created =
        client.create(
            DEPLOYMENTS,
            "w",
            "",
            "",
            json(
                "{'metadata':{'name':'d'},'spec':{'selector':{'matchLabels':{'a':'b'}},'template':{'metadata':{'labels':{'a':'b'}},'spec':{'containers':[{'name':'c','image':'i'}]}}}}"));
    assertThat(created.generation()).isEqualTo(1);
    KubeObject scale = client.get(DEPLOYMENTS, "w", "d", "scale");
    assertThat(scale.kind()).isEqualTo("Scale");
    ObjectNode wanted = scale.toTree();
    wanted.withObject("/spec").put("replicas", 4);
    client.update(DEPLOYMENTS, "w", "scale", KubeObject.of(wanted));
    KubeObject scaled = client.get(DEPLOYMENTS, "w", "d", "");
    assertThat(scaled.toTree().path("spec").path("replicas").asInt()).isEqualTo(4);
    assertThat(scaled.generation()).isEqualTo(2);

    ObjectNode both = scaled.toTree();
    both.withObject("/spec").put("replicas", 9);
    both.withObject("/status").put("replicas", 3).put("observedGeneration", 2);
    KubeObject after = client.update(DEPLOYMENTS, "w", "status", KubeObject.of(both));
    assertThat(after.toTree().path("spec").path("replicas").asInt()).isEqualTo(4);
    assertThat(after.toTree().path("status").path("replicas").asInt()).isEqualTo(3);
    assertThat(after.generation()).isEqualTo(2);
  }

  @Test
  void anEvictionKeepsToTheBudget() {
    GroupVersionResource budgets = new GroupVersionResource("policy", "v1", "poddisruptionbudgets");
    pod("e", "{'app':'e'}");
    bind("e", "n1");
    ObjectNode running = client.get(PODS, "w", "e", "").toTree();
    running.withObject("/status").put("phase", "Running");
    running
        .withObject("/status")
        .putArray("conditions")
        .addObject()
        .put("type", "Ready")
        .put("status", "True");
    client.update(PODS, "w", "status", KubeObject.of(running));
    KubeObject budget =
        client.create(
            budgets,
            "w",
            "",
            "",
            json(
                "{'metadata':{'name':'pdb'},'spec':{'minAvailable':1,'selector':{'matchLabels':{'app':'e'}}}}"));
    ObjectNode observed = budget.toTree();
    observed
        .withObject("/status")
        .put("observedGeneration", 1)
        .put("disruptionsAllowed", 0)
        .put("currentHealthy", 1)
        .put("desiredHealthy", 1)
        .put("expectedPods", 1);
    client.update(budgets, "w", "status", KubeObject.of(observed));
    KubeObject eviction = json("{'metadata':{'name':'e','namespace':'w'}}");

    assertThatThrownBy(() -> client.create(PODS, "w", "e", "eviction", eviction))
        .isInstanceOfSatisfying(
            StatusException.class,
            e -> {
              assertThat(e.code()).isEqualTo(429);
              assertThat(e.details().causes().get(0).reason()).isEqualTo("DisruptionBudget");
            });
    ObjectNode allowed = client.get(budgets, "w", "pdb", "").toTree();
    allowed.withObject("/status").put("disruptionsAllowed", 1);
    client.update(budgets, "w", "status", KubeObject.of(allowed));
    client.create(PODS, "w", "e", "eviction", eviction);
    assertThat(client.get(PODS, "w", "e", "").isDeleting()).isTrue();
    client.delete(PODS, "w", "e", DeleteOptions.now());
  }

  @Test
  void applyOwnsWhatItSaysAndConflictsAreTold() {
    byte[] config =
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: ssa}, data: {a: '1'}}"
            .getBytes(StandardCharsets.UTF_8);
    client.patch(core("configmaps"), "w", "ssa", "", PatchType.APPLY, config, false);
    KubeObject again =
        client.patch(core("configmaps"), "w", "ssa", "", PatchType.APPLY, config, false);
    assertThat(
            again
                .toTree()
                .path("metadata")
                .path("managedFields")
                .get(0)
                .path("operation")
                .asString())
        .isEqualTo("Apply");
    ApiClient other = cluster.server.client(UserInfo.SERVER, "other");
    byte[] changed =
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: ssa}, data: {a: '2'}}"
            .getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(
            () -> other.patch(core("configmaps"), "w", "ssa", "", PatchType.APPLY, changed, false))
        .isInstanceOfSatisfying(StatusException.class, e -> assertThat(e.isConflict()).isTrue());
    other.patch(core("configmaps"), "w", "ssa", "", PatchType.APPLY, changed, true);
  }

  @Test
  void unknownFieldsAreToldOrRefused() throws IOException {
    String body = "{\"metadata\":{\"name\":\"%s\"},\"nonsense\":1}";
    HttpResponse<String> warned =
        cluster.post("/api/v1/namespaces/w/configmaps", body.formatted("f1"));
    assertThat(warned.statusCode()).isEqualTo(201);
    assertThat(warned.headers().firstValue("Warning").orElse("")).contains("unknown field");
    HttpResponse<String> refused =
        cluster.post(
            "/api/v1/namespaces/w/configmaps?fieldValidation=Strict", body.formatted("f2"));
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("strict decoding error");
  }

  @Test
  void aDryRunLeavesNothing() throws IOException {
    HttpResponse<String> answer =
        cluster.post(
            "/api/v1/namespaces/w/configmaps?dryRun=All", "{\"metadata\":{\"name\":\"dry\"}}");
    assertThat(answer.statusCode()).isEqualTo(201);
    assertThat(client.find(core("configmaps"), "w", "dry")).isEmpty();
  }

  @Test
  void aTableHasTheColumnsOfItsKind() throws IOException {
    pod("t", "{'app':'table'}");
    HttpResponse<String> answer =
        cluster.send(
            HttpRequest.newBuilder(
                    cluster.uri("/api/v1/namespaces/w/pods?labelSelector=app%3Dtable"))
                .header("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"));
    ObjectNode table = Json.parseObject(answer.body().getBytes(StandardCharsets.UTF_8));
    assertThat(table.path("kind").asString()).isEqualTo("Table");
    assertThat(table.path("columnDefinitions").get(1).path("name").asString()).isEqualTo("Ready");
    assertThat(table.path("rows").get(0).path("cells").get(1).asString()).isEqualTo("0/1");
    client.delete(PODS, "w", "t", DeleteOptions.now());
  }

  @Test
  void aNamespaceWaitsForItsFinalizer() {
    client.create(core("namespaces"), "", "", "", json("{'metadata':{'name':'going'}}"));
    client.delete(core("namespaces"), "", "going", DeleteOptions.DEFAULT);
    KubeObject going = client.get(core("namespaces"), "", "going", "");
    assertThat(going.toTree().path("status").path("phase").asString()).isEqualTo("Terminating");
    assertThatThrownBy(
            () ->
                client.create(
                    core("configmaps"), "going", "", "", json("{'metadata':{'name':'x'}}")))
        .hasMessageContaining("is being terminated");
    ObjectNode done = going.toTree();
    done.withObject("/spec").remove("finalizers");
    client.update(core("namespaces"), "", "finalize", KubeObject.of(done));
    assertThat(client.find(core("namespaces"), "", "going")).isEmpty();
  }

  @Test
  void aJobSelectsItsPodsByItsUid() {
    GroupVersionResource jobs = new GroupVersionResource("batch", "v1", "jobs");
    KubeObject job =
        client.create(
            jobs,
            "w",
            "",
            "",
            json(
                "{'metadata':{'name':'j'},'spec':{'template':{'spec':{'restartPolicy':'Never','containers':[{'name':'c','image':'i'}]}}}}"));
    assertThat(
            job.toTree()
                .path("spec")
                .path("selector")
                .path("matchLabels")
                .path("batch.kubernetes.io/controller-uid")
                .asString())
        .isEqualTo(job.uid());
  }
}
