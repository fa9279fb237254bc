package dev.mokha.network.bridges;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.network.HostNetwork;
import dev.mokha.network.PodNetwork;
import dev.mokha.network.bridges.ContainerNetworks.PortBinding;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who reaches whom, and who does not: containers, the host, pods, the world. */
final class ReachabilityTest extends NetworksFixture {
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
  void aContainerMovesBetweenNetworksWhileItRuns() {
    networks.create(NetworkSpec.bridge("front", "10.9.0.0/24"));
    networks.create(NetworkSpec.bridge("back", "10.9.1.0/24"));
    Path web = container(WEB, "web", "front");
    Path db = container(DB, "db", "back");
    lab.serveTcp(web, 80, "web");
    lab.serveTcp(lab.outside(), 82, "outside");
    publish(WEB, port("0.0.0.0", 8080, 80));
    assertThat(lab.who(db, "10.9.0.2", 80)).isEqualTo("SocketTimeoutException");

    Endpoint second = lab.onHost(() -> networks.attach(WEB, "back", EndpointSpec.PLAIN));
    assertThat(second.interfaceName()).isEqualTo("eth1");
    assertThat(lab.ask(db, second.ipv4Address(), 80)).isEqualTo("web 10.9.1.2");
    assertThat(networks.sandbox(WEB).orElseThrow().gateway()).contains("back");
    assertThat(lab.who(lab.outside(), "192.168.77.1", 8080)).isEqualTo("web");
    assertThat(lab.who(web, "192.168.77.2", 82)).isEqualTo("outside");

    lab.onHost(
        () -> {
          networks.detach(WEB, "back");
          return null;
        });
    assertThat(lab.who(web, "192.168.77.2", 82)).isEqualTo("outside");
    assertThat(lab.who(lab.outside(), "192.168.77.1", 8080)).isEqualTo("web");
    assertThat(lab.who(db, second.ipv4Address(), 80)).isNotEqualTo("web");
    lab.onHost(
        () -> {
          networks.detach(WEB, "front");
          return null;
        });
    assertThat(lab.who(lab.outside(), "192.168.77.1", 8080)).isNotEqualTo("web");
    assertThat(networks.sandbox(WEB).orElseThrow().ports()).isEmpty();
    assertThatThrownBy(() -> networks.detach(WEB, "front"))
        .hasMessage("container " + WEB + " is not connected to network front");
  }

  @Test
  void thereIsNoWayOutOfAnInternalNetworkNorIn() {
    NetworkSpec plain = NetworkSpec.bridge("vault", "10.9.0.0/24");
    networks.create(
        new NetworkSpec(
            "vault",
            "bridge",
            true,
            false,
            true,
            false,
            "",
            Map.of(),
            plain.pools(),
            Map.of(),
            Map.of()));
    Path web = container(WEB, "web", "vault");
    Path job = container(JOB, "job", "vault");
    Path other = container(DB, "db", "bridge");
    lab.serveTcp(web, 80, "web");
    lab.serveTcp(lab.outside(), 82, "outside");

    assertThat(publish(WEB, port("0.0.0.0", 8080, 80))).isEmpty();
    assertThat(lab.who(job, "10.9.0.2", 80)).isEqualTo("web");
    assertThat(lab.who(web, "192.168.77.2", 82)).isEqualTo("SocketException");
    assertThat(lab.who(other, "10.9.0.2", 80)).isEqualTo("SocketTimeoutException");
    assertThat(lookup(web, "job")).contains("10.9.0.3");
    assertThat(lookup(web, "example.com")).contains("SERVFAIL");
    lab.onHost(
        () -> {
          networks.attach(WEB, "bridge", EndpointSpec.PLAIN);
          return null;
        });
    assertThat(networks.sandbox(WEB).orElseThrow().ports()).hasSize(1);
    assertThat(lab.who(web, "192.168.77.2", 82)).isEqualTo("outside");
  }

  @Test
  void membersOfAClosedNetworkTalkOnlyThroughPublishedPorts() {
    NetworkSpec plain = NetworkSpec.bridge("closed", "10.9.0.0/24");
    networks.create(
        new NetworkSpec(
            "closed",
            "bridge",
            true,
            false,
            false,
            false,
            "",
            Map.of(),
            plain.pools(),
            Map.of("com.docker.network.bridge.enable_icc", "false"),
            Map.of()));
    Path web = container(WEB, "web", "closed");
    Path job = container(JOB, "job", "closed");
    lab.serveTcp(web, 80, "web");
    lab.serveTcp(lab.outside(), 82, "outside");
    publish(WEB, port("0.0.0.0", 8080, 80));

    assertThat(lab.who(job, "10.9.0.2", 80)).isNotEqualTo("web");
    assertThat(lab.who(lab.host(), "10.9.0.2", 80)).isEqualTo("web");
    assertThat(lab.who(job, "192.168.77.1", 8080)).isEqualTo("web");
    assertThat(lab.who(lab.outside(), "192.168.77.1", 8080)).isEqualTo("web");
    assertThat(lab.who(job, "192.168.77.2", 82)).isEqualTo("outside");
  }

  @Test
  void ipv6NetworksGetAddressesNamesAndPorts() {
    networks.create(
        new NetworkSpec(
            "six", "bridge", true, true, false, false, "", Map.of(), List.of(), Map.of(),
            Map.of()));
    Path web = container(WEB, "web", "six");
    Path job = container(JOB, "job", "six");
    lab.serveTcp6(web, 80, "web");
    Endpoint endpoint = networks.sandbox(WEB).orElseThrow().endpoints().getFirst();
    assertThat(endpoint.ipv6Address()).matches("fd[0-9a-f]{2}:.*::2");
    assertThat(endpoint.ipv6PrefixLength()).isEqualTo(64);
    assertThat(lab.who(job, endpoint.ipv6Address(), 80)).isEqualTo("web");
    assertThat(publish(WEB, port("", 8080, 80)))
        .containsExactly(
            new PortBinding("0.0.0.0", 8080, 80, "tcp"), new PortBinding("::", 8080, 80, "tcp"));
    assertThat(lab.who(lab.host(), endpoint.ipv6Gateway(), 8080)).isEqualTo("web");
    assertThat(lab.who(job, endpoint.ipv6Gateway(), 8080)).isEqualTo("web");
    assertThat(lab.who(lab.host(), "::1", 8080)).isEqualTo("web");
    assertThat(lab.who(lab.host(), "127.0.0.1", 8080)).isEqualTo("web");
    String range = networks.inspect("six").spec().pools().getLast().subnet();
    assertThat(routes6()).contains(range);
    lab.onHost(
        () -> {
          networks.close(WEB);
          networks.close(JOB);
          networks.remove("six");
          return null;
        });
    assertThat(routes6()).doesNotContain(range);
  }

  @Test
  void podsAndContainersReachEachOther() {
    HostNetwork pods = lab.onHost(() -> HostNetwork.open(lab.config()));
    try {
      Path web = container(WEB, "web", "bridge");
      PodNetwork.Attachment pod = lab.attach(pods, "pod-1");
      lab.serveTcp(web, 80, "web");
      lab.serveTcp(pod.networkNamespace(), 81, "pod");
      assertThat(lab.who(pod.networkNamespace(), "172.17.0.2", 80)).isEqualTo("web");
      assertThat(lab.who(web, pod.address().getHostAddress(), 81)).isEqualTo("pod");
      publish(WEB, port("0.0.0.0", 8080, 80));
      assertThat(lab.who(pod.networkNamespace(), "192.168.77.1", 8080)).isEqualTo("web");
      assertThat(lab.who(lab.outside(), "192.168.77.1", 8080)).isEqualTo("web");
      assertThat(lab.who(lab.host(), "127.0.0.1", 8080)).isEqualTo("web");
    } finally {
      lab.onHost(
          () -> {
            pods.wipe();
            pods.close();
            return null;
          });
    }
  }
}
