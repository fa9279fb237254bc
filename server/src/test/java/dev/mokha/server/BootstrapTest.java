package dev.mokha.server;

import static dev.mokha.server.SecureCluster.core;
import static dev.mokha.server.SecureCluster.rbac;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.ListOptions;
import dev.mokha.store.Store;
import dev.mokha.store.memory.MemoryStore;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/** What a cluster is born with, and that a second start repairs without undoing. */
final class BootstrapTest {
  @TempDir private Path directory;

  @Test
  void aNewClusterHasWhatClientsExpect() throws Exception {
    try (Store store = MemoryStore.create();
        SecureCluster cluster = new SecureCluster(directory, store)) {
      ApiClient client = cluster.own();
      assertThat(client.list(core("namespaces"), "", ListOptions.ALL).items())
          .extracting(KubeObject::name)
          .containsExactly("default", "kube-node-lease", "kube-public", "kube-system");
      ObjectNode service = client.get(core("services"), "default", "kubernetes", "").toTree();
      assertThat(service.at("/spec/clusterIP").asString()).isEqualTo("10.43.0.1");
      assertThat(service.at("/spec/ports/0/targetPort").asInt()).isEqualTo(6443);
      assertThat(
              client
                  .get(core("endpoints"), "default", "kubernetes", "")
                  .toTree()
                  .at("/subsets/0/addresses/0/ip")
                  .asString())
          .isEqualTo("192.0.2.7");
      assertThat(client.list(rbac("clusterroles"), "", ListOptions.ALL).items())
          .extracting(KubeObject::name)
          .contains(
              "cluster-admin",
              "admin",
              "edit",
              "view",
              "system:node",
              "system:kube-scheduler",
              "system:controller:deployment-controller",
              "system:controller:generic-garbage-collector")
          .hasSizeGreaterThan(65);
      ObjectNode admin = client.get(rbac("clusterroles"), "", "admin", "").toTree();
      assertThat(admin.path("rules").toString())
          .contains("rolebindings", "deployments", "pods/log");
      assertThat(
              client
                  .list(
                      new GroupVersionResource("apiregistration.k8s.io", "v1", "apiservices"),
                      "",
                      ListOptions.ALL)
                  .items())
          .extracting(KubeObject::name)
          .contains("v1.", "v1.apps", "v1.rbac.authorization.k8s.io");
      assertThat(
              client
                  .get(core("configmaps"), "kube-system", "extension-apiserver-authentication", "")
                  .toTree()
                  .at("/data/client-ca-file")
                  .asString())
          .isEqualTo(cluster.pki.authorityPem());
    }
  }

  @Test
  void aSecondStartRepairsAndLeavesTheRest() throws Exception {
    try (Store store = MemoryStore.create()) {
      try (SecureCluster cluster = new SecureCluster(directory, store)) {
        ApiClient client = cluster.own();
        client.delete(rbac("clusterroles"), "", "view", DeleteOptions.DEFAULT);
        ObjectNode basic = client.get(rbac("clusterroles"), "", "system:basic-user", "").toTree();
        basic.putArray("rules").addObject().putArray("verbs").add("get");
        ((ObjectNode) basic.at("/rules/0")).putArray("nonResourceURLs").add("/mine");
        client.update(rbac("clusterroles"), "", "", KubeObject.of(basic));
        ObjectNode discovery =
            client.get(rbac("clusterroles"), "", "system:discovery", "").toTree();
        discovery.remove("rules");
        discovery
            .withObject("/metadata/annotations")
            .put("rbac.authorization.kubernetes.io/autoupdate", "false");
        client.update(rbac("clusterroles"), "", "", KubeObject.of(discovery));
      }
      long before = store.revision();
      try (SecureCluster cluster = new SecureCluster(directory, store)) {
        ApiClient client = cluster.own();
        assertThat(client.get(rbac("clusterroles"), "", "view", "").toTree().path("rules"))
            .isNotEmpty();
        assertThat(
                client
                    .get(rbac("clusterroles"), "", "system:basic-user", "")
                    .toTree()
                    .path("rules")
                    .toString())
            .contains("/mine", "selfsubjectaccessreviews");
        assertThat(
                client
                    .get(rbac("clusterroles"), "", "system:discovery", "")
                    .toTree()
                    .path("rules")
                    .isEmpty())
            .isTrue();
        assertThat(store.list("/registry/rbac.authorization.k8s.io/").entries())
            .filteredOn(e -> e.modRevision() > before)
            .as("two objects were repaired")
            .hasSize(2);
      }
    }
  }
}
