package dev.mokha.server;

import static dev.mokha.server.SecureCluster.ADMIN;
import static dev.mokha.server.SecureCluster.core;
import static dev.mokha.server.SecureCluster.rbac;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.server.SecureCluster.Answer;
import dev.mokha.store.Store;
import dev.mokha.store.memory.MemoryStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Built-in plug-ins that have no pod to look at, and what is told of policies. */
final class MoreAdmissionTest {
  private static Store store;
  private static SecureCluster cluster;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    store = MemoryStore.create();
    cluster = new SecureCluster(directory, store);
    cluster.create(
        core("serviceaccounts"),
        "default",
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: default}}");
  }

  @AfterAll
  static void stop() {
    cluster.close();
    store.close();
  }

  private static GroupVersionResource network(String resource) {
    return new GroupVersionResource("networking.k8s.io", "v1", resource);
  }

  @Test
  void anIngressGetsTheDefaultClass() {
    String ingress =
        "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: %s}, spec: {%s"
            + " defaultBackend: {service: {name: s, port: {number: 80}}}}}";
    cluster.create(
        network("ingressclasses"),
        "",
        "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: main, annotations:"
            + " {ingressclass.kubernetes.io/is-default-class: 'true'}}, spec: {controller:"
            + " a.b/c}}");
    assertThat(
            cluster
                .create(network("ingresses"), "default", ingress.formatted("i1", ""))
                .toTree()
                .at("/spec/ingressClassName")
                .asString())
        .isEqualTo("main");
    assertThat(
            cluster
                .create(
                    network("ingresses"),
                    "default",
                    ingress.formatted("i2", "ingressClassName: other,"))
                .toTree()
                .at("/spec/ingressClassName")
                .asString())
        .isEqualTo("other");
  }

  @Test
  void aClaimGrowsOnlyWhenItsClassAllows() throws Exception {
    String path = "/api/v1/namespaces/default/persistentvolumeclaims";
    Answer made =
        cluster.post(
            ADMIN,
            path,
            "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c}, spec:"
                + " {storageClassName: none, accessModes: [ReadWriteOnce], resources: {requests:"
                + " {storage: 1Gi}}}}");
    assertThat(made.code()).as(made.message()).isEqualTo(201);
    Answer grown =
        cluster.send(
            ADMIN,
            "PATCH",
            path + "/c",
            SecureCluster.yaml("{spec: {resources: {requests: {storage: 2Gi}}}}"),
            "Content-Type",
            "application/merge-patch+json");
    assertThat(grown.code()).isIn(403, 422);
  }

  @Test
  void whoHoldsUpAnOwnersDeletionMustBeAllowedTo() {
    cluster.create(
        rbac("clusterroles"),
        "",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: maps},"
            + " rules: [{apiGroups: [''], resources: [configmaps], verbs: [create, update,"
            + " get]}]}");
    cluster.create(
        rbac("clusterrolebindings"),
        "",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name:"
            + " maps}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name:"
            + " maps}, subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: ann}]}");
    String map =
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: %s, ownerReferences: [{apiVersion: v1,"
            + " kind: Secret, name: s, uid: u, blockOwnerDeletion: %s}]}}";
    ApiClient ann = cluster.as("ann");
    assertThatThrownBy(
            () ->
                SecureCluster.create(
                    ann, core("configmaps"), "default", map.formatted("blocks", true)))
        .hasMessageContaining(
            "configmaps \"blocks\" is forbidden: cannot set blockOwnerDeletion if an"
                + " ownerReference refers to a resource you can't set finalizers on: ");
    assertThat(
            SecureCluster.create(ann, core("configmaps"), "default", map.formatted("owned", false))
                .name())
        .isEqualTo("owned");
    assertThatThrownBy(
            () ->
                ann.update(
                    core("configmaps"),
                    "default",
                    "",
                    dev.mokha.api.object.KubeObject.of(
                        SecureCluster.yaml(
                            "{apiVersion: v1, kind: ConfigMap, metadata: {name: owned}}"))))
        .hasMessageContaining("cannot set an ownerRef on a resource you can't delete: ");
    assertThat(
            cluster
                .create(
                    core("configmaps"),
                    "default",
                    map.formatted("byAdmin".toLowerCase(java.util.Locale.ROOT), true))
                .name())
        .isEqualTo("byadmin");
  }

  @Test
  void labelsOfPodSecurityMustMakeSense() throws Exception {
    String namespace =
        "{apiVersion: v1, kind: Namespace, metadata: {name: %s, labels: {"
            + "pod-security.kubernetes.io/enforce: %s, pod-security.kubernetes.io/warn-version:"
            + " %s}}}";
    Answer wrong =
        cluster.post(ADMIN, "/api/v1/namespaces", namespace.formatted("strict", "tight", "v2"));
    assertThat(wrong.code()).isEqualTo(422);
    assertThat(wrong.message())
        .isEqualTo(
            "Namespace \"strict\" is invalid: [metadata.labels[pod-security.kubernetes.io/enforce]:"
                + " Invalid value: \"tight\": must be one of privileged, baseline, restricted,"
                + " metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value:"
                + " \"v2\": must be \"latest\" or \"v1.x\"]");
    assertThat(
            cluster
                .post(
                    ADMIN, "/api/v1/namespaces", namespace.formatted("strict", "baseline", "v1.30"))
                .code())
        .isEqualTo(201);
  }

  @Test
  void whoTightensANamespaceHearsOfThePodsThere() throws Exception {
    cluster.create(
        core("namespaces"), "", "{apiVersion: v1, kind: Namespace, metadata: {name: lax}}");
    cluster.create(
        core("serviceaccounts"),
        "lax",
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: default}}");
    for (String name : new String[] {"a", "b"}) {
      cluster.create(
          core("pods"),
          "lax",
          "{apiVersion: v1, kind: Pod, metadata: {name: %s}, spec: {hostNetwork: true, containers: [{name: c, image: i}]}}"
              .formatted(name));
    }
    Answer tightened =
        cluster.send(
            ADMIN,
            "PATCH",
            "/api/v1/namespaces/lax",
            SecureCluster.yaml(
                "{metadata: {labels: {pod-security.kubernetes.io/enforce: baseline}}}"),
            "Content-Type",
            "application/merge-patch+json");
    assertThat(tightened.code()).isEqualTo(200);
    assertThat(tightened.warnings())
        .containsExactly(
            "299 - \"existing pods in namespace \\\"lax\\\" violate the new PodSecurity enforce"
                + " level \\\"baseline:latest\\\"\"",
            "299 - \"a (and 1 other pod): host namespaces\"");
  }

  @Test
  void theStatusOfAPolicyTellsWhatItsExpressionsGetWrong() throws Exception {
    String path = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
    Answer made =
        cluster.post(
            ADMIN,
            path,
            """
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingAdmissionPolicy
            metadata: {name: checked}
            spec:
              matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}]}
              validations: [{expression: "object.replicas > 1"}, {expression: "object.spec.replicas > 1"}]
            """);
    assertThat(made.code()).as(made.message()).isEqualTo(201);
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    JsonNode status = made.body().path("status");
    while (!status.has("observedGeneration") && System.nanoTime() < deadline) {
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
      status = cluster.get(ADMIN, path + "/checked").body().path("status");
    }
    assertThat(status.path("observedGeneration").asInt()).isEqualTo(1);
    JsonNode warnings = status.at("/typeChecking/expressionWarnings");
    assertThat(warnings).hasSize(1);
    assertThat(warnings.at("/0/fieldRef").asString()).isEqualTo("spec.validations[0].expression");
    assertThat(warnings.at("/0/warning").asString())
        .isEqualTo(
            "apps/v1, Kind=Deployment: ERROR: <input>:1:7: undefined field 'replicas'\n"
                + " | object.replicas > 1\n | ......^");
  }
}
