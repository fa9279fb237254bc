package dev.mokha.cli.daemon;

import dev.mokha.cli.Instance;
import dev.mokha.cli.Settings;
import dev.mokha.engine.Engine;
import dev.mokha.engine.containers.Container;
import dev.mokha.linux.Mounts;
import dev.mokha.network.HostNetwork;
import dev.mokha.network.bridges.ContainerNetworks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Takes away everything of a node that the kernel holds: containers, mounts, links, rules, routes
 * and cgroups. It needs no daemon, and works after one was killed.
 */
public final class Sweep {
  private static final Duration GRACE = Duration.ofSeconds(10);

  private Sweep() {}

  /** Sweeps one node; must run in its network namespace. */
  public static void node(Instance instance, Settings settings, int number) {
    if (Files.exists(instance.nodeDataDir(number).resolve("engine"))) {
      try (Engine engine =
          Engine.open(NodeRole.engineConfig(instance, settings, number, Optional.empty()))) {
        removeAll(engine.containers().list(""));
      }
    }
    if (Files.exists(instance.nodeDataDir(number).resolve("docker-networks"))) {
      try (ContainerNetworks networks =
          ContainerNetworks.open(DockerRole.networksConfig(instance, settings, number))) {
        networks.dismantle();
      }
    }
    try (HostNetwork network =
        HostNetwork.open(NodeRole.networkConfig(instance, settings, number))) {
      network.wipe();
    }
    Mounts.unmountBelow(instance.nodeDataDir(number)); // it may be a disk of its own
    Mounts.unmountTree(instance.nodeRunDir(number));
    removeCgroups("mokha/" + instance.nodeInstance(number));
  }

  private static void removeAll(List<Container> containers) {
    List<Thread> threads = new ArrayList<>();
    for (Container container : containers) {
      threads.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    container.stop(GRACE);
                    container.remove();
                  }));
    }
    for (Thread t : threads) {
      try {
        t.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** The cgroups of that path in every hierarchy, deepest first. */
  private static void removeCgroups(String path) {
    Path root = Path.of("/sys/fs/cgroup");
    try (Stream<Path> hierarchies = Files.list(root)) {
      List<Path> all = new ArrayList<>(hierarchies.filter(Files::isDirectory).toList());
      all.add(root);
      for (Path hierarchy : all) {
        Path own = hierarchy.resolve(path);
        if (Files.isDirectory(own)) {
          removeTree(own);
          try {
            Files.deleteIfExists(own.getParent());
          } catch (IOException e) {
            // Another instance's cgroups are there too.
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void removeTree(Path cgroup) throws IOException {
    try (Stream<Path> tree = Files.walk(cgroup)) {
      for (Path dir : tree.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(dir);
      }
    }
  }
}
