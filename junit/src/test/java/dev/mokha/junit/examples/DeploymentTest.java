package dev.mokha.junit.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.junit.MokhaTest;
import dev.mokha.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Controllers and scheduler do their work; the nodes say that they run the pods. */
@MokhaTest(nodes = 2)
class DeploymentTest {
  private static Deployment web(String namespace) {
    return new DeploymentBuilder()
        .withNewMetadata()
        .withName("web")
        .withNamespace(namespace)
        .endMetadata()
        .withNewSpec()
        .withReplicas(3)
        .withNewSelector()
        .addToMatchLabels("app", "web")
        .endSelector()
        .withNewTemplate()
        .withNewMetadata()
        .addToLabels("app", "web")
        .endMetadata()
        .withNewSpec()
        .addNewContainer()
        .withName("web")
        .withImage("example.org/web:1")
        .endContainer()
        .endSpec()
        .endTemplate()
        .endSpec()
        .build();
  }

  private static Deployment created(KubernetesClient client, String namespace) {
    client.resource(web(namespace)).create();
    return client
        .apps()
        .deployments()
        .withName("web")
        .waitUntilCondition(
            d -> d.getStatus() != null && Objects.equals(3, d.getStatus().getAvailableReplicas()),
            30,
            TimeUnit.SECONDS);
  }

  @Test
  void aDeploymentGetsItsReplicaSetAndPods(
      KubernetesClient client, @TestNamespace String namespace) {
    Deployment web = created(client, namespace);

    ReplicaSet set = client.apps().replicaSets().list().getItems().getFirst();
    assertThat(set.getMetadata().getOwnerReferences().getFirst().getUid())
        .isEqualTo(web.getMetadata().getUid());
    assertThat(client.pods().withLabel("app", "web").list().getItems())
        .hasSize(3)
        .allSatisfy(pod -> assertThat(pod.getSpec().getNodeName()).isIn("node-1", "node-2"))
        .allSatisfy(pod -> assertThat(pod.getStatus().getPhase()).isEqualTo("Running"));
  }

  @Test
  void aLostPodIsReplaced(KubernetesClient client, @TestNamespace String namespace) {
    created(client, namespace);
    Pod lost = client.pods().list().getItems().getFirst();

    client.resource(lost).delete();

    client.resource(lost).waitUntilCondition(Objects::isNull, 30, TimeUnit.SECONDS);
    client
        .apps()
        .deployments()
        .withName("web")
        .waitUntilCondition(
            d -> Objects.equals(3, d.getStatus().getAvailableReplicas()), 30, TimeUnit.SECONDS);
    assertThat(client.pods().list().getItems())
        .extracting(pod -> pod.getMetadata().getName())
        .doesNotContain(lost.getMetadata().getName());
  }
}
