package dev.mokha.network.bridges;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.object.Json;
import dev.mokha.client.ApiClient;
import dev.mokha.linux.netlink.Link;
import dev.mokha.linux.netlink.RouteNetlink;
import dev.mokha.network.Lab;
import dev.mokha.network.bridges.ContainerNetworks.Config;
import dev.mokha.network.bridges.ContainerNetworks.Sandbox;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Daemons that are killed with SIGKILL in the middle of everything, one after the other. */
final class KillTest {
  private static final int KILLS = 4;

  @TempDir private Path directory;

  @Test
  void whatAKilledDaemonLeavesIsTakenOverOrTakenAway() throws Exception {
    try (Lab lab = new Lab(directory)) {
      Config config = Config.of("lab", directory.resolve("state"), directory.resolve("run"));
      Random random = new Random();
      for (int kill = 0; kill < KILLS; kill++) {
        Process daemon = start(lab.host(), config);
        try (BufferedReader rounds =
            new BufferedReader(
                new InputStreamReader(daemon.getInputStream(), StandardCharsets.UTF_8))) {
          for (int i = random.nextInt(8); i >= 0; i--) {
            assertThat(rounds.readLine()).isNotNull();
          }
          // Somewhere in the next round.
          long until = System.nanoTime() + random.nextInt(20_000_000);
          while (System.nanoTime() < until) {
            Thread.onSpinWait();
          }
        } finally {
          daemon.destroyForcibly().waitFor();
        }
        lab.onHost(() -> check(config));
      }
      lab.onHost(
          () -> {
            try (ContainerNetworks networks = ContainerNetworks.open(config)) {
              networks.retain(List.of());
              assertThat(networks.sandboxes()).isEmpty();
              networks.wipe();
            }
            assertThat(links()).containsExactly("lo", "uplink");
            return null;
          });
      assertThat(directory.resolve("state")).doesNotExist();
      assertThat(directory.resolve("run")).doesNotExist();
    }
  }

  /** A new daemon: what it says is what the kernel has. */
  private static Void check(Config config) {
    try (ContainerNetworks networks = ContainerNetworks.open(config)) {
      Set<String> expected = new TreeSet<>(List.of("lo", "uplink"));
      Set<String> addresses = new HashSet<>();
      for (Network network : networks.list()) {
        if (!network.bridge().isEmpty()) {
          expected.add(network.bridge());
        }
        for (Endpoint endpoint : network.endpoints()) {
          assertThat(addresses.add(endpoint.ipv4Address())).isTrue();
          expected.add(endpoint.hostInterfaceName());
          assertThat(networks.sandbox(endpoint.containerId()).orElseThrow().endpoints())
              .contains(endpoint);
        }
      }
      // The kernel takes links of namespaces that are gone away in the background.
      long deadline = System.nanoTime() + 5_000_000_000L;
      while (!links().equals(expected) && System.nanoTime() < deadline) {
        Thread.onSpinWait();
      }
      assertThat(links()).isEqualTo(expected);
      for (Sandbox sandbox : networks.sandboxes()) {
        assertThat(sandbox.namespace().orElseThrow()).exists();
        assertThat(networks.statistics(sandbox.containerId())).hasSameSizeAs(sandbox.endpoints());
        // No port without a way to the world.
        assertThat(sandbox.gateway().isEmpty() && !sandbox.ports().isEmpty()).isFalse();
      }
    }
    return null;
  }

  private static Set<String> links() {
    try (RouteNetlink netlink = new RouteNetlink()) {
      return netlink.links().stream()
          .map(Link::name)
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private static Process start(Path namespace, Config config) throws Exception {
    return new ProcessBuilder(
            "nsenter",
            "--net=" + namespace,
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-Xmx128m",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            classPath(),
            ChurningDaemon.class.getName(),
            config.stateDir().toString(),
            config.runDir().toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** Only what the daemon needs: test runners have class loaders of their own. */
  private static String classPath() {
    return Stream.of(
            ChurningDaemon.class,
            ContainerNetworks.class,
            RouteNetlink.class,
            ApiClient.class,
            Json.class,
            tools.jackson.databind.json.JsonMapper.class,
            tools.jackson.core.JsonParser.class,
            com.fasterxml.jackson.annotation.JsonProperty.class,
            org.xbill.DNS.Message.class,
            org.slf4j.Logger.class)
        .map(KillTest::place)
        .distinct()
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String place(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException("No class path for " + type, e);
    }
  }
}
