package dev.mokha.controllers.endpoints;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;

class BackendsTest {
  private static final Service SERVICE =
      new ServiceBuilder()
          .withNewMetadata()
          .withName("web")
          .endMetadata()
          .withNewSpec()
          .addToSelector("app", "web")
          .addNewPort()
          .withName("http")
          .withPort(80)
          .withTargetPort(new IntOrString("http"))
          .endPort()
          .endSpec()
          .build();

  private static Pod pod(String name, int port, boolean ready, boolean deleting) {
    return new PodBuilder()
        .withNewMetadata()
        .withName(name)
        .addToLabels("app", "web")
        .withDeletionTimestamp(deleting ? "2026-01-01T00:00:00Z" : null)
        .endMetadata()
        .withNewSpec()
        .withHostname("h-" + name)
        .withSubdomain("web")
        .addNewContainer()
        .addNewPort()
        .withName("http")
        .withContainerPort(port)
        .endPort()
        .endContainer()
        .endSpec()
        .withNewStatus()
        .withPhase("Running")
        .withPodIP("10.0.0.1")
        .addNewCondition()
        .withType("Ready")
        .withStatus(ready ? "True" : "False")
        .endCondition()
        .endStatus()
        .build();
  }

  @Test
  void resolvesANamedPortInEachPod() {
    List<Backends.Backend> all =
        Backends.of(SERVICE, List.of(pod("b", 8080, true, false), pod("a", 9090, true, false)));
    assertThat(all).extracting(b -> b.ports().getFirst().port()).containsExactly(9090, 8080);
    assertThat(all.getFirst().hostname()).isEqualTo("h-a");
  }

  @Test
  void aTerminatingPodServesButIsNotReady() {
    Backends.Backend b = Backends.of(SERVICE, List.of(pod("a", 80, true, true))).getFirst();
    assertThat(b.ready()).isFalse();
    assertThat(b.serving()).isTrue();
    assertThat(b.terminating()).isTrue();
  }

  @Test
  void publishesUnreadyPodsWhereTheServiceSaysSo() {
    Service all =
        new ServiceBuilder(SERVICE).editSpec().withPublishNotReadyAddresses(true).endSpec().build();
    assertThat(Backends.of(all, List.of(pod("a", 80, false, false))).getFirst().ready()).isTrue();
    assertThat(Backends.of(SERVICE, List.of(pod("a", 80, false, false))).getFirst().ready())
        .isFalse();
  }
}
