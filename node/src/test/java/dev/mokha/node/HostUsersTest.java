package dev.mokha.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.engine.containers.Container;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Pods with {@code hostUsers: false} (KEP-127). */
class HostUsersTest {
  private static TestNode node;

  @BeforeAll
  static void start() throws Exception {
    node = TestNode.start();
  }

  @AfterAll
  static void stop() {
    if (node != null) {
      node.close();
    }
  }

  private static boolean isReady(Pod pod) {
    return pod.getStatus().getConditions().stream()
        .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
  }

  private static List<Container> containers(Pod pod) {
    return node.engine().containers().list("pod/" + pod.getMetadata().getUid()).stream()
        .filter(c -> c.state().status() == Container.Status.RUNNING)
        .toList();
  }

  private static String run(Container container, String script) throws Exception {
    Container.ExecSpec spec =
        new Container.ExecSpec(List.of("sh", "-c", script), List.of(), "", "", false, false, false);
    try (Container.ExecSession session = container.exec(spec)) {
      String out = new String(session.stdout().readAllBytes(), StandardCharsets.UTF_8);
      session.awaitExit();
      return out.strip();
    }
  }

  private static String uidMap(Container container) throws Exception {
    return Files.readString(Path.of("/proc/" + container.state().pid() + "/uid_map"))
        .strip()
        .replaceAll("\\s+", " ");
  }

  @Test
  void allContainersOfAPodShareARangeThatNoOtherHas() throws Exception {
    Pod made =
        pod("mapped", "echo $(id -u) >/work/who; exec httpd -f -p 80 -h /work")
            .editSpec()
            .withShareProcessNamespace(true)
            .addNewVolume()
            .withName("work")
            .withNewEmptyDir()
            .endEmptyDir()
            .endVolume()
            .editFirstContainer()
            .addNewVolumeMount()
            .withName("work")
            .withMountPath("/work")
            .endVolumeMount()
            .withNewReadinessProbe()
            .withNewHttpGet()
            .withPath("/who")
            .withPort(new IntOrString(80))
            .endHttpGet()
            .endReadinessProbe()
            .endContainer()
            .addNewContainer()
            .withName("second")
            .withImage(BusyboxArchive.IMAGE)
            .withCommand("sh", "-c", "exec sleep 1000")
            .addNewVolumeMount()
            .withName("work")
            .withMountPath("/work")
            .endVolumeMount()
            .endContainer()
            .endSpec()
            .build();
    node.pods.create(made);
    node.pods.create(pod("other", "exec sleep 1000").build());
    Pod mapped = node.await("mapped", HostUsersTest::isReady);
    Pod other = node.await("other", HostUsersTest::isReady);

    List<Container> both = containers(mapped);
    assertThat(both).hasSizeGreaterThanOrEqualTo(2);
    assertThat(both.stream().map(HostUsersTest::mapOf).distinct()).hasSize(1);
    assertThat(uidMap(both.getFirst())).matches("0 1\\d{9} 65536");
    assertThat(uidMap(containers(other).getFirst())).isNotEqualTo(uidMap(both.getFirst()));

    Container main =
        both.stream().filter(c -> c.spec().args().toString().contains("httpd")).findFirst().get();
    assertThat(run(main, "cat /work/who; stat -c %u /work/who /etc/hosts /etc/resolv.conf"))
        .isEqualTo("0\n0\n0\n0");
    assertThat(run(main, "ls /sys/class/net")).contains("eth0");
    assertThat(run(main, "cat /proc/sys/net/ipv4/ip_forward; id -u")).endsWith("0");

    String uid = mapped.getMetadata().getUid();
    assertThat(node.engine().userIds().holders()).contains("pod/" + uid);
    node.delete("mapped");
    node.delete("other");
    assertThat(node.engine().userIds().holders()).isEmpty();
  }

  private static String mapOf(Container container) {
    try {
      return uidMap(container);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static PodBuilder pod(String name, String script) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withHostUsers(false)
        .withNodeName(TestNode.NODE)
        .withTerminationGracePeriodSeconds(1L)
        .addNewContainer()
        .withName("main")
        .withImage(BusyboxArchive.IMAGE)
        .withCommand("sh", "-c", script)
        .endContainer()
        .endSpec();
  }
}
