package dev.mokha.server;

import static dev.mokha.server.SecureCluster.ADMIN;
import static dev.mokha.server.SecureCluster.ANONYMOUS;
import static dev.mokha.server.SecureCluster.core;
import static dev.mokha.server.SecureCluster.create;
import static dev.mokha.server.SecureCluster.rbac;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.error.StatusException;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ListOptions;
import dev.mokha.server.SecureCluster.Answer;
import dev.mokha.store.Store;
import dev.mokha.store.memory.MemoryStore;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may do what, over HTTPS and in the process, with the standard stages. */
final class AccessTest {
  private static final AtomicInteger COUNT = new AtomicInteger();
  private static Store store;
  private static SecureCluster cluster;

  private String ns;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    store = MemoryStore.create();
    cluster = new SecureCluster(directory, store);
  }

  @AfterAll
  static void stop() {
    cluster.close();
    store.close();
  }

  @BeforeEach
  void namespace() {
    ns = "n" + COUNT.incrementAndGet();
    cluster.create(
        core("namespaces"),
        "",
        "{apiVersion: v1, kind: Namespace, metadata: {name: %s}}".formatted(ns));
  }

  private void grant(String role, String subject) {
    cluster.create(
        rbac("rolebindings"),
        ns,
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: b%d, namespace: %s}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %s}
        subjects: [%s]
        """
            .formatted(COUNT.incrementAndGet(), ns, role, subject));
  }

  private static String user(String name) {
    return "{apiGroup: rbac.authorization.k8s.io, kind: User, name: %s}".formatted(name);
  }

  @Test
  void theAdministratorMayDoEverything() throws Exception {
    assertThat(cluster.get(ADMIN, "/api/v1/namespaces/kube-system").code()).isEqualTo(200);
    Answer self =
        cluster.post(
            ADMIN,
            "/apis/authentication.k8s.io/v1/selfsubjectreviews",
            "{apiVersion: authentication.k8s.io/v1, kind: SelfSubjectReview}");
    assertThat(self.code()).isEqualTo(201);
    assertThat(self.body().at("/status/userInfo/username").asString())
        .isEqualTo("kubernetes-admin");
    assertThat(self.body().at("/status/userInfo/groups").toString())
        .isEqualTo("[\"system:masters\",\"system:authenticated\"]");
  }

  @Test
  void theAnonymousSeeHealthAndVersionOnly() throws Exception {
    for (String path : new String[] {"/livez", "/readyz", "/healthz", "/version"}) {
      assertThat(cluster.get(ANONYMOUS, path).code()).as(path).isEqualTo(200);
    }
    Answer pods = cluster.get(ANONYMOUS, "/api/v1/namespaces/default/pods");
    assertThat(pods.code()).isEqualTo(403);
    assertThat(pods.message())
        .isEqualTo(
            "pods is forbidden: User \"system:anonymous\" cannot list resource \"pods\" in API"
                + " group \"\" in the namespace \"default\"");
    Answer metrics = cluster.get(ANONYMOUS, "/metrics");
    assertThat(metrics.code()).isEqualTo(403);
    assertThat(metrics.message())
        .isEqualTo("forbidden: User \"system:anonymous\" cannot get path \"/metrics\"");
    assertThat(cluster.get(ANONYMOUS, "/api").code()).isEqualTo(403);
  }

  @Test
  void unknownTokensAreRefusedEverywhere() throws Exception {
    for (String token : new String[] {"nonsense", "a.b.c", "abcdef.0123456789abcdef"}) {
      Answer answer = cluster.get(ANONYMOUS, "/livez", "Authorization", "Bearer " + token);
      assertThat(answer.code()).as(token).isEqualTo(401);
      assertThat(answer.message()).isEqualTo("Unauthorized");
    }
  }

  @Test
  void aUserMayWhatHisRolesSayAndNoMore() throws Exception {
    assertThat(cluster.get("jane", "/api/v1/namespaces/" + ns + "/pods").code()).isEqualTo(403);
    grant("view", user("jane"));
    assertThat(cluster.get("jane", "/api/v1/namespaces/" + ns + "/pods").code()).isEqualTo(200);
    assertThat(cluster.get("jane", "/api/v1/namespaces/" + ns + "/secrets").message())
        .isEqualTo(
            "secrets is forbidden: User \"jane\" cannot list resource \"secrets\" in API group \"\" in the namespace \"%s\""
                .formatted(ns));
    assertThat(cluster.get("jane", "/api/v1/pods").message())
        .endsWith("cannot list resource \"pods\" in API group \"\" at the cluster scope");
    assertThat(cluster.get("jane", "/apis").code()).isEqualTo(200);
  }

  @Test
  void adminEditAndViewContainOneAnother() throws Exception {
    grant("edit", user("ed"));
    grant("admin", user("ann"));
    for (String who : new String[] {"ed", "ann"}) {
      ApiClient client = cluster.as(who);
      create(
          client,
          core("configmaps"),
          ns,
          "{apiVersion: v1, kind: ConfigMap, metadata: {name: of-%s}}".formatted(who));
      assertThat(client.list(core("events"), ns, ListOptions.ALL).items()).isEmpty();
    }
    String role =
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: r}, rules:"
            + " [{apiGroups: [''], resources: [pods], verbs: [get]}]}";
    assertThatThrownBy(() -> create(cluster.as("ed"), rbac("roles"), ns, role))
        .isInstanceOf(StatusException.class)
        .hasMessageContaining("User \"ed\" cannot create resource \"roles\"");
    create(cluster.as("ann"), rbac("roles"), ns, role);
  }

  @Test
  void nobodyGrantsWhatHeDoesNotHold() {
    grant("admin", user("tom"));
    ApiClient tom = cluster.as("tom");
    assertThatThrownBy(
            () ->
                create(
                    tom,
                    rbac("roles"),
                    ns,
                    "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: r},"
                        + " rules: [{apiGroups: [''], resources: [nodes], verbs: [get]}]}"))
        .isInstanceOf(StatusException.class)
        .hasMessageContaining("is attempting to grant RBAC permissions not currently held:")
        .hasMessageContaining("Resources:[\"nodes\"]");
    String bind =
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: %s},"
            + " roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %s},"
            + " subjects: []}";
    assertThatThrownBy(
            () -> create(tom, rbac("rolebindings"), ns, bind.formatted("all", "cluster-admin")))
        .isInstanceOf(StatusException.class)
        .hasMessageContaining("not currently held");
    create(tom, rbac("rolebindings"), ns, bind.formatted("some", "view"));
    cluster.create(
        rbac("clusterroles"),
        "",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: binder-%s}, rules: [{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], resourceNames: [cluster-admin], verbs: [bind]}]}"
            .formatted(ns));
    grant("binder-" + ns, user("tom"));
    create(tom, rbac("rolebindings"), ns, bind.formatted("all", "cluster-admin"));
  }

  @Test
  void anAggregatedRoleGrantsWhatItsPartsGrantAtOnce() throws Exception {
    cluster.create(
        rbac("clusterroles"),
        "",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: more-%s, labels: {rbac.authorization.k8s.io/aggregate-to-view: 'true'}}, rules: [{apiGroups: [example.com], resources: [beans], verbs: [get]}]}"
            .formatted(ns));
    grant("view", user("viv"));
    assertThat(review("viv", "get", "example.com", "beans").at("/status/allowed").asBoolean())
        .isTrue();
    assertThat(review("viv", "delete", "example.com", "beans").at("/status/allowed").asBoolean())
        .isFalse();
  }

  private tools.jackson.databind.JsonNode review(
      String user, String verb, String group, String resource) throws Exception {
    Answer answer =
        cluster.post(
            ADMIN,
            "/apis/authorization.k8s.io/v1/subjectaccessreviews",
            "{apiVersion: authorization.k8s.io/v1, kind: SubjectAccessReview, spec: {user: %s, resourceAttributes: {namespace: %s, verb: %s, group: %s, resource: %s}}}"
                .formatted(user, ns, verb, group.isEmpty() ? "''" : group, resource));
    assertThat(answer.code()).isEqualTo(201);
    return answer.body();
  }

  @Test
  void reviewsSayWhy() throws Exception {
    grant("view", user("rita"));
    var review = review("rita", "list", "", "pods");
    assertThat(review.at("/status/allowed").asBoolean()).isTrue();
    assertThat(review.at("/status/reason").asString())
        .startsWith("RBAC: allowed by RoleBinding \"b")
        .endsWith("of ClusterRole \"view\" to User \"rita\"");
    Answer self =
        cluster.post(
            "rita",
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            "{apiVersion: authorization.k8s.io/v1, kind: SelfSubjectAccessReview, spec: {resourceAttributes: {namespace: %s, verb: create, resource: pods}}}"
                .formatted(ns));
    assertThat(self.code()).isEqualTo(201);
    assertThat(self.body().at("/status/allowed").asBoolean()).isFalse();
    Answer rules =
        cluster.post(
            "rita",
            "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
            "{apiVersion: authorization.k8s.io/v1, kind: SelfSubjectRulesReview, spec: {namespace: %s}}"
                .formatted(ns));
    assertThat(rules.body().at("/status/resourceRules").toString()).contains("\"configmaps\"");
    assertThat(rules.body().at("/status/nonResourceRules").toString()).contains("/healthz");
  }

  @Test
  void impersonationTakesTheRightToIt() throws Exception {
    Answer asJane =
        cluster.get(ADMIN, "/api/v1/namespaces/" + ns + "/pods", "Impersonate-User", "jim");
    assertThat(asJane.code()).isEqualTo(403);
    assertThat(asJane.message()).contains("User \"jim\" cannot list");
    Answer refused =
        cluster.get(
            "jim", "/api/v1/namespaces/" + ns + "/pods", "Impersonate-User", "kubernetes-admin");
    assertThat(refused.message())
        .isEqualTo(
            "users \"kubernetes-admin\" is forbidden: User \"jim\" cannot impersonate resource"
                + " \"users\" in API group \"\" at the cluster scope");
    Answer group =
        cluster.get(
            ADMIN,
            "/api/v1/namespaces/" + ns + "/pods",
            "Impersonate-User",
            "jim",
            "Impersonate-Group",
            "system:masters");
    assertThat(group.code()).isEqualTo(200);
  }

  @Test
  void aNodeReadsOnlyWhatItsPodsUse() throws Exception {
    String secret = "{apiVersion: v1, kind: Secret, metadata: {name: %s}}";
    cluster.create(core("secrets"), ns, secret.formatted("used"));
    cluster.create(core("secrets"), ns, secret.formatted("other"));
    cluster.create(
        core("serviceaccounts"),
        ns,
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: default}}");
    ApiClient node = cluster.as("system:node:n1", "system:nodes");
    assertThatThrownBy(() -> node.get(core("secrets"), ns, "used", ""))
        .hasMessageContaining("no relationship found between node 'n1' and this object");
    cluster.create(
        core("pods"),
        ns,
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: p}
        spec:
          nodeName: n1
          restartPolicy: Always
          containers: [{name: c, image: busybox, imagePullPolicy: Always, terminationMessagePolicy: File, envFrom: [{secretRef: {name: used}}]}]
        """);
    assertThat(node.get(core("secrets"), ns, "used", "").name()).isEqualTo("used");
    assertThatThrownBy(() -> node.get(core("secrets"), ns, "other", ""))
        .isInstanceOf(StatusException.class);
    assertThatThrownBy(() -> node.list(core("secrets"), ns, ListOptions.ALL))
        .isInstanceOf(StatusException.class);
    assertThat(node.list(core("pods"), "", ListOptions.fields("spec.nodeName=n1")).items())
        .isNotEmpty();
    assertThatThrownBy(() -> node.list(core("pods"), "", ListOptions.ALL))
        .isInstanceOf(StatusException.class);
    ApiClient other = cluster.as("system:node:n2", "system:nodes");
    assertThatThrownBy(() -> other.get(core("secrets"), ns, "used", ""))
        .isInstanceOf(StatusException.class);
    assertThatThrownBy(() -> other.get(core("pods"), ns, "p", ""))
        .isInstanceOf(StatusException.class);
  }

  @Test
  void aNodeWritesOnlyItself() {
    ApiClient node = cluster.as("system:node:" + ns, "system:nodes");
    create(
        node,
        core("nodes"),
        "",
        "{apiVersion: v1, kind: Node, metadata: {name: %s, labels: {kubernetes.io/hostname: %s}}}"
            .formatted(ns, ns));
    assertThatThrownBy(
            () ->
                create(
                    node,
                    core("nodes"),
                    "",
                    "{apiVersion: v1, kind: Node, metadata: {name: not-me}}"))
        .hasMessageContaining("is not allowed to modify node \"not-me\"");
    var tree = node.get(core("nodes"), "", ns, "").toTree();
    tree.withObject("/metadata/labels").put("node-restriction.kubernetes.io/team", "blue");
    assertThatThrownBy(
            () -> node.update(core("nodes"), "", "", dev.mokha.api.object.KubeObject.of(tree)))
        .hasMessageContaining("not allowed to modify labels");
    var tainted = node.get(core("nodes"), "", ns, "").toTree();
    tainted
        .withObject("/spec")
        .putArray("taints")
        .addObject()
        .put("key", "a")
        .put("effect", "NoSchedule");
    assertThatThrownBy(
            () -> node.update(core("nodes"), "", "", dev.mokha.api.object.KubeObject.of(tainted)))
        .hasMessageContaining("not allowed to modify taints");
    assertThatThrownBy(
            () -> cluster.as("system:node:other", "system:nodes").get(core("nodes"), "", ns, ""))
        .hasMessageContaining("only its own Node object");
  }
}
