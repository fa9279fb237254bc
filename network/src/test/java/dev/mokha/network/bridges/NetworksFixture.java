package dev.mokha.network.bridges;

import dev.mokha.linux.netlink.Route;
import dev.mokha.linux.netlink.RouteNetlink;
import dev.mokha.network.Lab;
import dev.mokha.network.bridges.ContainerNetworks.Config;
import dev.mokha.network.bridges.ContainerNetworks.PortBinding;
import dev.mokha.network.bridges.ContainerNetworks.PortRequest;
import dev.mokha.network.bridges.ContainerNetworks.Sandbox;
import dev.mokha.network.bridges.addressing.Subnet;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Containers' networks on a host in a namespace, with clients in containers, on it and outside. */
abstract class NetworksFixture {
  static final String WEB = "aa".repeat(32);
  static final String DB = "bb".repeat(32);
  static final String JOB = "cc".repeat(32);

  @TempDir Path directory;
  Lab lab;
  ContainerNetworks networks;

  @BeforeEach
  void open() {
    lab = new Lab(directory);
    networks = lab.onHost(() -> ContainerNetworks.open(config()));
  }

  @AfterEach
  void close() throws Exception {
    if (networks != null) {
      lab.onHost(
          () -> {
            networks.wipe();
            networks.close();
            return null;
          });
    }
    lab.close();
  }

  Config config() {
    return new Config(
        "lab",
        directory.resolve("state"),
        directory.resolve("run"),
        ContainerNetworks.AddressPool.DOCKERS,
        List.of("10.42.0.0/16", "10.43.0.0/16"),
        List.of("10.42.0.0/16"),
        List.of());
  }

  Path container(String id, String name, String... joined) {
    return lab.onHost(
        () -> {
          Sandbox sandbox = networks.open(SandboxSpec.of(id, name));
          for (String network : joined) {
            networks.attach(id, network, EndpointSpec.PLAIN);
          }
          return sandbox.namespace().orElseThrow();
        });
  }

  List<PortBinding> publish(String id, PortRequest... ports) {
    return lab.onHost(() -> networks.publish(id, List.of(ports)));
  }

  static PortRequest port(String host, int outside, int inside) {
    return new PortRequest(host, outside, outside, inside, "tcp");
  }

  String lookup(Path namespace, String name) {
    return lab.resolve(namespace, "127.0.0.11", name + ".");
  }

  List<String> routes6() {
    return lab.onHost(
        () -> {
          try (RouteNetlink netlink = new RouteNetlink()) {
            return netlink.routes6(Route.MAIN).stream()
                .map(
                    route ->
                        Subnet.text(route.destination().address())
                            + "/"
                            + route.destination().length())
                .toList();
          }
        });
  }
}
