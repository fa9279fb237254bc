package dev.mokha.network.bridges;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.network.Lab;
import dev.mokha.network.bridges.ContainerNetworks.PortBinding;
import dev.mokha.network.bridges.ContainerNetworks.PortRequest;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Ports of the host that lead to containers. */
final class PublishingTest extends NetworksFixture {
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

  @Test
  void portsThatAreTakenAreRefusedInDockersWords() throws Exception {
    container(WEB, "web", "bridge");
    container(JOB, "job", "bridge");
    publish(WEB, port("127.0.0.1", 8080, 80));
    assertThatThrownBy(() -> publish(JOB, port("0.0.0.0", 9090, 80), port("", 8080, 80)))
        .isInstanceOf(NetworkException.class)
        .hasMessageMatching(
            "driver failed programming external connectivity on endpoint job \\([0-9a-f]{64}\\):"
                + " Bind for 127.0.0.1:8080 failed: port is already allocated");
    assertThat(networks.sandbox(JOB).orElseThrow().ports()).isEmpty();
    assertThat(publish(JOB, port("0.0.0.0", 9090, 80))).hasSize(1);
    // Held: nobody else of the host gets it.
    assertThatThrownBy(() -> lab.onHost(() -> new ServerSocket(8080)))
        .hasRootCauseInstanceOf(BindException.class);
    try (ServerSocket taken =
        lab.onHost(() -> new ServerSocket(0, 5, InetAddress.ofLiteral("0.0.0.0")))) {
      int number = taken.getLocalPort();
      assertThatThrownBy(() -> publish(JOB, port("0.0.0.0", number, 81)))
          .hasMessageEndingWith(
              "failed to bind host port for 0.0.0.0:"
                  + number
                  + ":172.17.0.3:81/tcp: address already in use");
    }
    List<PortBinding> some =
        publish(
            JOB,
            new PortRequest("", 0, 0, 80, "tcp"),
            new PortRequest("127.0.0.1", 8080, 8083, 80, "tcp"),
            new PortRequest("127.0.0.1", 8080, 8083, 80, "tcp"));
    assertThat(some).extracting(PortBinding::hostPort).startsWith(49153, 49153, 8081, 8082);
    assertThatThrownBy(() -> publish(JOB, new PortRequest("127.0.0.1", 8080, 8080, 80, "tcp")))
        .hasMessageEndingWith("port is already allocated");
  }

  @Test
  void datagramsFollowThePortWhereverItLeads() throws Exception {
    networks.create(NetworkSpec.bridge("shop"));
    Path web = container(WEB, "web", "shop");
    Path job = container(JOB, "job", "shop");
    lab.serveUdp(web, 53, "web");
    lab.serveUdp(job, 53, "job");
    PortRequest port = new PortRequest("0.0.0.0", 8053, 8053, 53, "udp");
    try (DatagramSocket client = lab.in(lab.outside(), () -> new DatagramSocket())) {
      publish(WEB, port);
      assertThat(Lab.ask(client, "192.168.77.1", 8053)).isEqualTo("web");
      lab.onHost(
          () -> {
            networks.close(WEB);
            return networks.publish(JOB, List.of(port));
          });
      // The same client from the same port: what the kernel remembers of it must go.
      String answer = "";
      for (int i = 0; i < 20 && !answer.equals("job"); i++) {
        answer = Lab.ask(client, "192.168.77.1", 8053);
      }
      assertThat(answer).isEqualTo("job");
    }
  }
}
