package dev.mokha.node.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.node.pod.BoundPod;
import dev.mokha.node.pod.ContainerRun;
import dev.mokha.node.pod.ObservedContainer;
import dev.mokha.node.pod.ObservedPod;
import dev.mokha.node.pod.PodPlanner;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PodStatusBuilderTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  private final BoundPod job =
      new BoundPod(
          new PodBuilder()
              .withNewMetadata()
              .withNamespace("default")
              .withName("job")
              .withUid("u1")
              .endMetadata()
              .withNewSpec()
              .withRestartPolicy("Never")
              .addNewInitContainer()
              .withName("prepare")
              .withImage("i")
              .endInitContainer()
              .addNewContainer()
              .withName("main")
              .withImage("i")
              .endContainer()
              .endSpec()
              .build());

  @Test
  void anInitContainerStaysReadyOverTheEndOfItsSandbox() {
    PodStatus ended = status(new PodStatus(), observed(run("prepare", 0), run("main", 3)));
    assertThat(ended.getPhase()).isEqualTo("Failed");
    assertThat(ended.getContainerStatuses().get(0).getReady()).isFalse();
    assertThat(prepare(ended).getReady()).as("its run is an older one").isTrue();

    PodStatus later =
        status(
            ended,
            new ObservedPod(
                Optional.empty(),
                ObservedPod.Setup.NONE,
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                Optional.empty(),
                NOW.minusSeconds(100),
                Optional.empty(),
                true,
                true));
    assertThat(prepare(later).getReady()).as("its run was removed").isTrue();
  }

  @Test
  void anInitContainerThatFailedIsNotReady() {
    PodStatus failed = status(new PodStatus(), observed(run("prepare", 1)));
    assertThat(failed.getPhase()).isEqualTo("Failed");
    assertThat(prepare(failed).getReady()).isFalse();
  }

  private PodStatus status(PodStatus before, ObservedPod observed) {
    return PodStatusBuilder.build(
        job, observed, PodPlanner.plan(job, observed, NOW), before, "10.0.0.1", NOW);
  }

  private static ContainerStatus prepare(PodStatus status) {
    return status.getInitContainerStatuses().get(0);
  }

  /** The pod after its sandbox is gone: all its runs are older ones. */
  private static ObservedPod observed(ContainerRun... runs) {
    Map<String, ObservedContainer> containers = new HashMap<>();
    for (ContainerRun run : runs) {
      containers.put(
          run.container(),
          new ObservedContainer(
              Optional.empty(),
              List.of(run),
              ObservedContainer.Job.NONE,
              Optional.empty(),
              Optional.empty(),
              false,
              false,
              Optional.empty(),
              run.attempt(),
              ObservedContainer.Resize.NONE));
    }
    return new ObservedPod(
        Optional.empty(),
        ObservedPod.Setup.NONE,
        Optional.empty(),
        Optional.empty(),
        containers,
        Optional.empty(),
        NOW.minusSeconds(100),
        Optional.empty(),
        false,
        true);
  }

  private ContainerRun run(String name, int exitCode) {
    return new ContainerRun(
        "id-" + name,
        name,
        0,
        1,
        job.container(name).orElseThrow().hash(),
        Duration.ZERO,
        ContainerRun.Phase.EXITED,
        NOW.minusSeconds(60),
        NOW.minusSeconds(60),
        NOW.minusSeconds(5),
        exitCode,
        false,
        "",
        "i",
        "sha256:1");
  }
}
