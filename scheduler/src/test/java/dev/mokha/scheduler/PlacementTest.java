package dev.mokha.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.scheduler.score.Scorers;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlacementTest {
  private final ClusterState cluster = new ClusterState();
  private final Placement placement = new Placement(Scorers.ALL);

  private static Node node(String name, String cpu, String memory) {
    return new NodeBuilder()
        .withNewMetadata()
        .withName(name)
        .addToLabels("kubernetes.io/hostname", name)
        .endMetadata()
        .withNewSpec()
        .endSpec()
        .withNewStatus()
        .addToAllocatable("cpu", new Quantity(cpu))
        .addToAllocatable("memory", new Quantity(memory))
        .addToAllocatable("pods", new Quantity("110"))
        .endStatus()
        .build();
  }

  private static PodBuilder pod(String name, String cpu) {
    return new PodBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace("ns")
        .withUid("uid-" + name)
        .addToLabels("app", "web")
        .endMetadata()
        .withNewSpec()
        .addNewContainer()
        .withName("c")
        .withNewResources()
        .addToRequests("cpu", new Quantity(cpu))
        .endResources()
        .endContainer()
        .endSpec();
  }

  private Placement.Result place(Pod pod) {
    PodDemand demand = PodDemand.of(pod);
    Placement.Result result = placement.place(demand, cluster);
    if (result.node() != null) {
      cluster.put(demand, result.node());
    }
    return result;
  }

  @Test
  void saysWhyNothingFitsInUpstreamsWords() {
    cluster.putNode(node("a", "1", "1Gi"));
    cluster.putNode(
        new NodeBuilder(node("b", "8", "1Gi"))
            .editSpec()
            .addNewTaint("NoSchedule", "dedicated", null, "db")
            .endSpec()
            .build());
    assertThat(place(pod("p", "2").build()).why())
        .isEqualTo(
            "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint"
                + " {dedicated: db}.");
    assertThat(
            new Placement(Scorers.ALL)
                .place(PodDemand.of(pod("q", "1").build()), new ClusterState())
                .why())
        .isEqualTo("no nodes available to schedule pods");
  }

  @Test
  void assumedPodsTakeRoomUntilForgotten() {
    cluster.putNode(node("a", "1", "1Gi"));
    Pod first = pod("p", "700m").build();
    assertThat(place(first).node()).isEqualTo("a");
    assertThat(place(pod("q", "700m").build()).node()).isNull();
    cluster.forget(first);
    assertThat(place(pod("q", "700m").build()).node()).isEqualTo("a");
  }

  @Test
  void prefersTheEmptierNode() {
    cluster.putNode(node("a", "4", "8Gi"));
    cluster.putNode(node("b", "4", "8Gi"));
    String first = place(pod("p", "1").build()).node();
    assertThat(place(pod("q", "1").build()).node()).isNotEqualTo(first);
  }

  @Test
  void anAffinityTermChoosesNamespacesByTheirLabels() {
    cluster.putNode(node("a", "8", "1Gi"));
    cluster.putNode(node("b", "8", "1Gi"));
    cluster.putNamespace("ns", Map.of("team", "blue"));
    cluster.put(PodDemand.of(pod("there", "1").build()), "b");
    Pod blue = nearTeam("blue");
    Pod red = nearTeam("red");
    assertThat(place(blue).node()).isEqualTo("b");
    assertThat(place(red).why()).contains("didn't match pod affinity rules");
    cluster.putNamespace("ns", Map.of("team", "red"));
    assertThat(place(red).node()).isEqualTo("b");
  }

  private static Pod nearTeam(String team) {
    return pod("near-" + team, "1")
        .editMetadata()
        .withNamespace("other")
        .endMetadata()
        .editSpec()
        .withNewAffinity()
        .withNewPodAffinity()
        .addNewRequiredDuringSchedulingIgnoredDuringExecution()
        .withTopologyKey("kubernetes.io/hostname")
        .withNewLabelSelector()
        .addToMatchLabels("app", "web")
        .endLabelSelector()
        .withNewNamespaceSelector()
        .addToMatchLabels("team", team)
        .endNamespaceSelector()
        .endRequiredDuringSchedulingIgnoredDuringExecution()
        .endPodAffinity()
        .endAffinity()
        .endSpec()
        .build();
  }

  @Test
  void antiAffinityHoldsInBothDirections() {
    cluster.putNode(node("a", "4", "8Gi"));
    Pod loner =
        pod("p", "1m")
            .editSpec()
            .withNewAffinity()
            .withNewPodAntiAffinity()
            .addNewRequiredDuringSchedulingIgnoredDuringExecution()
            .withTopologyKey("kubernetes.io/hostname")
            .withNewLabelSelector()
            .addToMatchLabels("app", "web")
            .endLabelSelector()
            .endRequiredDuringSchedulingIgnoredDuringExecution()
            .endPodAntiAffinity()
            .endAffinity()
            .endSpec()
            .build();
    assertThat(place(loner).node()).isEqualTo("a");
    assertThat(place(pod("q", "1m").build()).why())
        .contains("node(s) didn't satisfy existing pods anti-affinity rules");
    cluster.forget(loner);
    assertThat(place(pod("q", "1m").build()).node()).isEqualTo("a");
    assertThat(place(loner).why()).contains("node(s) didn't match pod anti-affinity rules");
  }

  @Test
  void spreadsEvenlyUnderAHardConstraint() {
    cluster.putNode(node("a", "64", "64Gi"));
    cluster.putNode(node("b", "4", "8Gi"));
    for (int i = 0; i < 6; i++) {
      Pod p =
          pod("p" + i, "10m")
              .editSpec()
              .addNewTopologySpreadConstraint()
              .withMaxSkew(1)
              .withTopologyKey("kubernetes.io/hostname")
              .withWhenUnsatisfiable("DoNotSchedule")
              .withNewLabelSelector()
              .addToMatchLabels("app", "web")
              .endLabelSelector()
              .endTopologySpreadConstraint()
              .endSpec()
              .build();
      assertThat(place(p).node()).isNotNull();
    }
    assertThat(cluster.node("a").pods()).hasSize(3);
    assertThat(cluster.node("b").pods()).hasSize(3);
  }

  @Test
  void hostPortsClashOnlyOnTheSameAddressAndProtocol() {
    cluster.putNode(node("a", "4", "8Gi"));
    assertThat(place(withHostPort("p", "", "TCP")).node()).isEqualTo("a");
    assertThat(place(withHostPort("q", "127.0.0.1", "TCP")).why()).contains("free ports");
    assertThat(place(withHostPort("r", "", "UDP")).node()).isEqualTo("a");
  }

  private static Pod withHostPort(String name, String ip, String protocol) {
    return pod(name, "1m")
        .editSpec()
        .editFirstContainer()
        .addNewPort()
        .withContainerPort(80)
        .withHostPort(8080)
        .withHostIP(ip)
        .withProtocol(protocol)
        .endPort()
        .endContainer()
        .endSpec()
        .build();
  }

  @Test
  void aSidecarCountsBesideTheContainersAndLaterInitContainers() {
    Pod p =
        pod("p", "100m")
            .editSpec()
            .addNewInitContainer()
            .withName("sidecar")
            .withRestartPolicy("Always")
            .withNewResources()
            .withRequests(Map.of("cpu", new Quantity("50m")))
            .endResources()
            .endInitContainer()
            .addNewInitContainer()
            .withName("init")
            .withNewResources()
            .withRequests(Map.of("cpu", new Quantity("300m")))
            .endResources()
            .endInitContainer()
            .endSpec()
            .build();
    assertThat(PodDemand.of(p).requests().milliCpu()).isEqualTo(350);
  }
}
