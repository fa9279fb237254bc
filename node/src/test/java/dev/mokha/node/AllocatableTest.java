package dev.mokha.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.client.Kinds;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.Resources;
import dev.mokha.linux.Mounts;
import dev.mokha.node.cgroup.CgroupHierarchies;
import io.fabric8.kubernetes.api.model.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What containers that are no pod's leave to pods. */
class AllocatableTest {
  private static final long MIB = 1 << 20;

  private static TestNode node;
  private static Informers informers;
  private static Informer<Node> nodes;

  @BeforeAll
  static void start() throws Exception {
    node = TestNode.start();
    informers = Informers.of(node.admin);
    nodes = informers.get(Kinds.NODE);
  }

  @AfterAll
  static void stop() {
    if (node != null) {
      informers.close();
      node.close();
    }
  }

  private static long memory(Node shown) {
    return shown.getStatus() == null || shown.getStatus().getAllocatable() == null
        ? -1
        : shown.getStatus().getAllocatable().get("memory").getNumericalAmount().longValue();
  }

  /** Waits until the API shows that much allocatable memory. */
  private static void await(long bytes) throws Exception {
    CompletableFuture<Void> shown = new CompletableFuture<>();
    nodes.addHandler(
        Informer.Handler.any(
            one -> {
              if (memory(one) / MIB == bytes / MIB) {
                shown.complete(null);
              }
            }));
    shown.get(40, TimeUnit.SECONDS);
  }

  private static long initial() throws Exception {
    CompletableFuture<Long> shown = new CompletableFuture<>();
    nodes.addHandler(
        Informer.Handler.any(
            one -> {
              if (memory(one) > 0) {
                shown.complete(memory(one));
              }
            }));
    return shown.get(40, TimeUnit.SECONDS);
  }

  private static long cap() throws IOException {
    CgroupHierarchies hierarchies = CgroupHierarchies.find(Mounts.list());
    Path pods = hierarchies.directory("memory", "/" + node.instance + "/pods").orElseThrow();
    String file = hierarchies.unified() ? "memory.max" : "memory.limit_in_bytes";
    return Long.parseLong(Files.readString(pods.resolve(file)).strip());
  }

  private static Container run(Resources resources) {
    Container container =
        node.engine()
            .containers()
            .create(
                ContainerSpec.builder()
                    .owner("docker")
                    .image(node.engine().images().list().getFirst().id())
                    .args(List.of("sleep", "1000"))
                    .resources(resources)
                    .build());
    container.start();
    return container;
  }

  @Test
  void limitsCountAndUseWhereThereAreNoneAndThePodsCapFollows() throws Exception {
    long before = initial();
    assertThat(cap() / MIB).isEqualTo(before / MIB);
    Container unlimited = run(Resources.NONE);
    Container limited = run(new Resources(0, 0, 0, 300 * MIB, 0, 0, 0, ""));
    await(before - 364 * MIB); // a step of 64 MiB for a shell that sleeps
    assertThat(cap() / MIB).isEqualTo((before - 364 * MIB) / MIB);
    unlimited.remove();
    limited.remove();
    await(before);
    assertThat(cap() / MIB).isEqualTo(before / MIB);
  }
}
