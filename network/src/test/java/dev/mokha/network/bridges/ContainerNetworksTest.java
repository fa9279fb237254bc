package dev.mokha.network.bridges;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.network.Lab;
import dev.mokha.network.bridges.ContainerNetworks.Config;
import dev.mokha.network.bridges.ContainerNetworks.PortBinding;
import dev.mokha.network.bridges.ContainerNetworks.PortRequest;
import dev.mokha.network.bridges.ContainerNetworks.Sandbox;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Containers' networks on a host in a namespace, with clients in containers, on it and outside. */
final class ContainerNetworksTest {
  private static final String WEB = "aa".repeat(32);
  private static final String DB = "bb".repeat(32);
  private static final String JOB = "cc".repeat(32);

  @TempDir private Path directory;
  private Lab lab;
  private ContainerNetworks networks;

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

  private Config config() {
    return new Config(
        "lab",
        directory.resolve("state"),
        directory.resolve("run"),
        ContainerNetworks.AddressPool.DOCKERS,
        List.of("10.42.0.0/16", "10.43.0.0/16"),
        List.of("10.42.0.0/16"),
        List.of());
  }

  private Path container(String id, String name, String... joined) {
    return lab.onHost(
        () -> {
          Sandbox sandbox = networks.open(SandboxSpec.of(id, name));
          for (String network : joined) {
            networks.attach(id, network, EndpointSpec.PLAIN);
          }
          return sandbox.namespace().orElseThrow();
        });
  }

  private List<PortBinding> publish(String id, PortRequest... ports) {
    return lab.onHost(() -> networks.publish(id, List.of(ports)));
  }

  private static PortRequest port(String host, int outside, int inside) {
    return new PortRequest(host, outside, outside, inside, "tcp");
  }

  @Test
  void containersOfTheDefaultNetworkReachEachOtherTheHostAndTheWorld() {
    Path web = container(WEB, "web", "bridge");
    Path job = container(JOB, "job", "bridge");
    lab.serveTcp(web, 80, "web");
    lab.serveTcp(lab.host(), 81, "host");
    lab.serveTcp(lab.outside(), 82, "outside");

    Endpoint endpoint = networks.sandbox(WEB).orElseThrow().endpoints().getFirst();
    assertThat(endpoint.ipv4Address()).isEqualTo("172.17.0.2");
    assertThat(endpoint.ipv4Gateway()).isEqualTo("172.17.0.1");
    assertThat(endpoint.interfaceName()).isEqualTo("eth0");
    assertThat(lab.ask(job, "172.17.0.2", 80)).isEqualTo("web 172.17.0.3");
    assertThat(lab.ask(lab.host(), "172.17.0.2", 80)).isEqualTo("web 172.17.0.1");
    assertThat(lab.ask(web, "172.17.0.1", 81)).isEqualTo("host 172.17.0.2");
    assertThat(lab.ask(web, "192.168.77.2", 82)).isEqualTo("outside 192.168.77.1");
  }

  @Test
  void publishedPortsAreReachedFromEverywhereTheyShould() {
    networks.create(NetworkSpec.bridge("shop"));
    networks.create(NetworkSpec.bridge("other"));
    Path web = container(WEB, "web", "shop");
    Path job = container(JOB, "job", "shop");
    Path far = container(DB, "db", "other");
    lab.serveTcp(web, 80, "web");

    assertThat(publish(WEB, port("0.0.0.0", 8080, 80), port("127.0.0.1", 8081, 80)))
        .containsExactly(
            new PortBinding("0.0.0.0", 8080, 80, "tcp"),
            new PortBinding("127.0.0.1", 8081, 80, "tcp"));
    assertThat(lab.ask(lab.outside(), "192.168.77.1", 8080)).isEqualTo("web 192.168.77.2");
    assertThat(lab.who(lab.outside(), "192.168.77.1", 8081)).isEqualTo("ConnectException");
    for (Path place : List.of(lab.host(), job, web, far)) {
      assertThat(lab.who(place, "192.168.77.1", 8080)).as(place.toString()).isEqualTo("web");
    }
    assertThat(lab.who(lab.host(), "127.0.0.1", 8080)).isEqualTo("web");
    assertThat(lab.ask(lab.host(), "127.0.0.1", 8081)).isEqualTo("web 172.18.0.1");
    assertThat(lab.who(far, "172.18.0.2", 80)).isEqualTo("SocketTimeoutException");

    assertThat(publish(WEB)).isEmpty();
    assertThat(lab.who(lab.host(), "127.0.0.1", 8081)).isEqualTo("ConnectException");
  }
}
