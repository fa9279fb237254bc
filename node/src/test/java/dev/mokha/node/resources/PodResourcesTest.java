package dev.mokha.node.resources;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PodResourcesTest {
  private static Pod pod(Map<String, Quantity> requests, Map<String, Quantity> limits) {
    return new PodBuilder()
        .withNewSpec()
        .addNewContainer()
        .withName("a")
        .withNewResources()
        .withRequests(requests)
        .withLimits(limits)
        .endResources()
        .endContainer()
        .endSpec()
        .build();
  }

  private static Map<String, Quantity> amounts(String cpu, String memory) {
    return Map.of("cpu", new Quantity(cpu), "memory", new Quantity(memory));
  }

  @Test
  void classifies() {
    assertThat(PodResources.of(pod(Map.of(), Map.of())).qos()).isEqualTo(QosClass.BEST_EFFORT);
    assertThat(PodResources.of(pod(Map.of(), amounts("1", "1Gi"))).qos())
        .isEqualTo(QosClass.GUARANTEED);
    assertThat(PodResources.of(pod(amounts("1", "1Gi"), amounts("1000m", "1024Mi"))).qos())
        .isEqualTo(QosClass.GUARANTEED);
    assertThat(PodResources.of(pod(amounts("500m", "1Gi"), amounts("1", "1Gi"))).qos())
        .isEqualTo(QosClass.BURSTABLE);
  }

  @Test
  void countsTheGreaterOfInitAndMain() {
    Pod pod =
        new PodBuilder(pod(amounts("100m", "64Mi"), Map.of()))
            .editSpec()
            .addNewInitContainer()
            .withName("i")
            .withNewResources()
            .withRequests(amounts("300m", "32Mi"))
            .endResources()
            .endInitContainer()
            .addNewInitContainer()
            .withName("s")
            .withRestartPolicy("Always")
            .withNewResources()
            .withRequests(amounts("50m", "8Mi"))
            .endResources()
            .endInitContainer()
            .endSpec()
            .build();
    PodResources resources = PodResources.of(pod);
    assertThat(resources.cpuRequestMillis()).isEqualTo(300);
    assertThat(resources.memoryRequestBytes()).isEqualTo(72L << 20);
    assertThat(resources.memoryLimitBytes()).isZero();
  }

  @Test
  void turnsCpuIntoWeightAndQuota() {
    assertThat(PodResources.shares(0)).isEqualTo(2);
    assertThat(PodResources.shares(1000)).isEqualTo(1024);
    assertThat(PodResources.quota(250)).isEqualTo(25_000);
    assertThat(PodResources.quota(1)).isEqualTo(1_000);
    assertThat(PodResources.quota(0)).isZero();
  }
}
