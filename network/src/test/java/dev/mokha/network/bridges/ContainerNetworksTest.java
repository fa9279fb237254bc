package dev.mokha.network.bridges;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.linux.netlink.Link;
import dev.mokha.linux.netlink.Route;
import dev.mokha.linux.netlink.RouteNetlink;
import dev.mokha.linux.nftables.Nftables;
import dev.mokha.network.HostNetwork;
import dev.mokha.network.Lab;
import dev.mokha.network.PodNetwork;
import dev.mokha.network.bridges.ContainerNetworks.Config;
import dev.mokha.network.bridges.ContainerNetworks.PortBinding;
import dev.mokha.network.bridges.ContainerNetworks.PortRequest;
import dev.mokha.network.bridges.ContainerNetworks.Sandbox;
import dev.mokha.network.bridges.addressing.Subnet;
import dev.mokha.network.dns.DnsServer;
import dev.mokha.network.dns.Upstreams;
import dev.mokha.network.dns.Zone;
import dev.mokha.network.dns.ZoneAnswer;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

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

  private String lookup(Path namespace, String name) {
    return lab.resolve(namespace, "127.0.0.11", name + ".");
  }

  @Test
  void containersFindEachOtherByNameInNetworksThatUsersMade() {
    networks.create(NetworkSpec.bridge("shop", "10.9.0.0/24"));
    Path web = container(WEB, "web", "shop");
    Path job = container(JOB, "job", "bridge");
    lab.onHost(
        () -> {
          networks.open(SandboxSpec.of(DB, "db"));
          networks.attach(
              DB,
              "shop",
              new EndpointSpec(List.of("data", "web-too"), "10.9.0.77", "", "", Map.of(), 0, ""));
          return networks.attach(
              JOB,
              "shop",
              new EndpointSpec(List.of("web-too"), "", "", "", Map.of("store", "db"), 0, ""));
        });

    assertThat(lookup(web, "db")).contains("db.\t\t\t600\tIN\tA\t10.9.0.77").contains("NOERROR");
    assertThat(lookup(web, "DATA.shop")).contains("10.9.0.77");
    assertThat(lookup(web, DB.substring(0, 12))).contains("10.9.0.77");
    assertThat(lookup(web, "web-too")).contains("10.9.0.77").contains("10.9.0.3");
    assertThat(lookup(job, "store")).contains("10.9.0.77");
    assertThat(lookup(web, "store")).contains("SERVFAIL");
    assertThat(lookup(job, "web")).contains("10.9.0.2");

    networks.rename(DB, "database");
    assertThat(lookup(web, "database")).contains("10.9.0.77");
    assertThat(lookup(web, "db")).contains("SERVFAIL");
    lab.onHost(
        () -> {
          networks.detach(DB, "shop");
          return null;
        });
    assertThat(lookup(web, "database")).contains("SERVFAIL");
  }

  @Test
  void namesAreAnsweredOverStreamsToo() throws Exception {
    networks.create(NetworkSpec.bridge("shop", "10.9.0.0/24"));
    Path web = container(WEB, "web", "shop");
    container(DB, "db", "shop");
    try (Socket socket = lab.in(web, () -> new Socket("127.0.0.11", 53))) {
      for (String name : List.of("db.", "web.shop.")) {
        byte[] query =
            Message.newQuery(Record.newRecord(Name.fromString(name), Type.A, DClass.IN)).toWire();
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.writeShort(query.length);
        out.write(query);
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] answer = new byte[in.readUnsignedShort()];
        in.readFully(answer);
        assertThat(new Message(answer).toString())
            .contains(name.equals("db.") ? "10.9.0.3" : "10.9.0.2");
      }
    }
    assertThat(lab.resolve(web, "127.0.0.11", "2.0.9.10.in-addr.arpa.", Type.PTR))
        .contains("web.shop.");
    // Known, but with no such records: nobody else is asked.
    assertThat(lab.resolve(web, "127.0.0.11", "db.", Type.AAAA))
        .contains("NOERROR")
        .doesNotContain("10.9.0.3");
  }

  @Test
  void namesThatAreNoContainersAreAskedOfTheGivenServers() throws Exception {
    networks.create(NetworkSpec.bridge("shop"));
    Path web =
        lab.onHost(
            () -> {
              Sandbox sandbox =
                  networks.open(
                      new SandboxSpec(
                          WEB, "web", false, Optional.empty(), List.of("127.0.0.1:5399")));
              networks.attach(WEB, "shop", EndpointSpec.PLAIN);
              return sandbox.namespace().orElseThrow();
            });
    try (DnsServer upstream =
        lab.onHost(() -> DnsServer.bind(InetAddress.ofLiteral("127.0.0.1"), 5399))) {
      lab.onHost(
          () -> {
            upstream.start(
                new OneName("far.example.", "192.0.2.7"),
                Upstreams.of(List.of("192.0.2.1"), a -> true));
            return null;
          });
      assertThat(lookup(web, "far.example")).contains("192.0.2.7");
    }
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
  void refusalsAreDockers() {
    networks.create(NetworkSpec.bridge("shop", "10.9.0.0/24"));
    networks.create(NetworkSpec.bridge("chosen"));
    container(WEB, "web", "shop");
    container(JOB, "job");
    refused(
        NetworkException.Reason.CONFLICT,
        () -> networks.create(NetworkSpec.bridge("shop")),
        "network with name shop already exists");
    refused(
        NetworkException.Reason.FORBIDDEN,
        () -> networks.create(NetworkSpec.bridge("bridge")),
        "operation is not permitted on predefined bridge network");
    refused(
        NetworkException.Reason.FORBIDDEN,
        () -> networks.remove("host"),
        "host is a pre-defined network and cannot be removed");
    refused(
        NetworkException.Reason.NOT_FOUND, () -> networks.remove("nope"), "network nope not found");
    refused(
        NetworkException.Reason.FORBIDDEN,
        () -> networks.create(NetworkSpec.bridge("low", "10.9.0.0/25")),
        "invalid pool request: Pool overlaps with other one on this address space");
    refused(
        NetworkException.Reason.FORBIDDEN,
        () -> networks.create(NetworkSpec.bridge("low", "10.43.7.0/24")),
        "invalid pool request: Pool overlaps with other one on this address space");
    refused(
        NetworkException.Reason.INVALID,
        () -> networks.create(NetworkSpec.bridge("low", "10.8.0.1/24")),
        "invalid network config:\ninvalid subnet 10.8.0.1/24: it should be 10.8.0.0/24");
    refused(
        NetworkException.Reason.INVALID,
        () -> networks.create(NetworkSpec.bridge("low", "10.8.0.0/33")),
        "invalid network config:\ninvalid subnet 10.8.0.0/33: invalid CIDR block notation");
    String id = networks.sandbox(WEB).orElseThrow().endpoints().getFirst().id();
    refused(
        NetworkException.Reason.FORBIDDEN,
        () -> networks.remove("shop"),
        "error while removing network: network shop has active endpoints (name:\"web\" id:\""
            + id.substring(0, 12)
            + "\")");
    refused(
        NetworkException.Reason.FORBIDDEN,
        () -> networks.attach(WEB, "shop", EndpointSpec.PLAIN),
        "endpoint with name web already exists in network shop");
    refused(
        NetworkException.Reason.FORBIDDEN,
        () -> networks.attach(JOB, "shop", at("10.9.0.2")),
        "Address already in use");
    refused(
        NetworkException.Reason.INVALID,
        () -> networks.attach(JOB, "shop", at("10.7.0.2")),
        "invalid config for network shop: invalid endpoint settings:\n"
            + "no configured subnet or ip-range contain the IP address 10.7.0.2");
    refused(
        NetworkException.Reason.INVALID,
        () -> networks.attach(JOB, "chosen", at("172.18.0.9")),
        "invalid config for network chosen: invalid endpoint settings:\n"
            + "user specified IP address is supported only when connecting to networks with user"
            + " configured subnets");
    refused(
        NetworkException.Reason.INVALID,
        () ->
            networks.open(
                new SandboxSpec(DB, "db", false, Optional.empty(), List.of("not-an-address"))),
        "bad nameserver address: not-an-address");
    refused(
        NetworkException.Reason.FORBIDDEN,
        () -> networks.attach(WEB, "none", EndpointSpec.PLAIN),
        "container cannot be connected to multiple networks with one of the networks in private"
            + " (none) mode");
    assertThat(networks.prune(network -> true)).containsExactly("chosen");
    assertThat(networks.list())
        .extracting(Network::name)
        .containsExactly("bridge", "host", "none", "shop");
  }

  private static EndpointSpec at(String address) {
    return new EndpointSpec(List.of(), address, "", "", Map.of(), 0, "");
  }

  private static void refused(
      NetworkException.Reason reason, ThrowingCallable call, String message) {
    assertThatThrownBy(call)
        .hasMessage(message)
        .asInstanceOf(InstanceOfAssertFactories.type(NetworkException.class))
        .extracting(NetworkException::reason)
        .isEqualTo(reason);
  }

  @Test
  void aNewDaemonTakesOverWhatRunsAndTheRestGoes() {
    networks.create(NetworkSpec.bridge("shop"));
    Path web = container(WEB, "web", "shop");
    container(JOB, "job", "shop");
    container(DB, "db", "shop");
    lab.serveTcp(web, 80, "web");
    publish(WEB, port("0.0.0.0", 8080, 80));
    publish(JOB, port("0.0.0.0", 8081, 80));

    networks.close();
    assertThat(lab.who(lab.outside(), "192.168.77.1", 8080)).isEqualTo("web");
    lab.onHost(
        () -> {
          // As if the daemon had been killed in the middle of detaching it.
          try (RouteNetlink netlink = new RouteNetlink()) {
            netlink.links().stream()
                .filter(link -> link.name().startsWith("mkv"))
                .filter(link -> link.alias().endsWith(endpointOf(DB)))
                .forEach(link -> netlink.deleteLink(link.name()));
          }
          networks = ContainerNetworks.open(config());
          return null;
        });
    assertThat(networks.sandbox(DB).orElseThrow().endpoints()).isEmpty();
    assertThat(lab.who(lab.outside(), "192.168.77.1", 8080)).isEqualTo("web");
    assertThat(lookup(web, "job")).contains("172.18.0.3");
    assertThatThrownBy(() -> lab.onHost(() -> new ServerSocket(8081)))
        .hasRootCauseInstanceOf(BindException.class);
    lab.onHost(
        () -> {
          networks.retain(List.of(WEB));
          new ServerSocket(8081).close();
          return null;
        });
    assertThat(networks.sandboxes()).extracting(Sandbox::containerName).containsExactly("web");
    assertThat(lookup(web, "job")).contains("SERVFAIL");
    assertThat(networks.inspect("shop").endpoints()).hasSize(1);
    Path again = container(JOB, "job", "shop");
    lab.serveTcp(again, 80, "job");
    assertThat(lab.who(web, "172.18.0.3", 80)).isEqualTo("job");
  }

  private String endpointOf(String containerId) {
    return networks.sandbox(containerId).orElseThrow().endpoints().getFirst().id();
  }

  @Test
  void nothingIsLeft() {
    List<String> before = traces();
    networks.create(NetworkSpec.bridge("shop"));
    container(WEB, "web", "bridge", "shop");
    publish(WEB, port("", 8080, 80));
    lab.onHost(
        () -> {
          networks.close(WEB);
          networks.remove("shop");
          return null;
        });
    // The kernel takes a namespace's links away in the background.
    long deadline = System.nanoTime() + 5_000_000_000L;
    while (!traces().equals(before) && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(traces()).isEqualTo(before);
    lab.onHost(
        () -> {
          networks.wipe();
          return null;
        });
    assertThat(traces()).containsExactlyInAnyOrder("lo", "uplink", "192.168.77.0/24");
    assertThat(directory.resolve("state")).doesNotExist();
    assertThat(directory.resolve("run")).doesNotExist();
    networks = null;
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

  @Test
  void endpointsCountWhatTheyMove() {
    Path web = container(WEB, "web", "bridge");
    lab.serveTcp(web, 80, "web");
    ContainerNetworks.EndpointStatistics before = networks.statistics(WEB).getFirst();
    assertThat(lab.who(lab.host(), "172.17.0.2", 80)).isEqualTo("web");
    ContainerNetworks.EndpointStatistics after = networks.statistics(WEB).getFirst();
    assertThat(after.interfaceName()).isEqualTo("eth0");
    assertThat(after.rxPackets()).isGreaterThan(before.rxPackets());
    // An answer of three bytes and who asked, in frames.
    assertThat(after.txBytes() - before.txBytes()).isBetween(100L, 5000L);
    assertThat(after.rxErrors() + after.txErrors()).isZero();
  }

  @Test
  void anEndpointGetsWhatItAsksFor() {
    networks.create(
        new NetworkSpec(
            "shop",
            "bridge",
            true,
            false,
            false,
            false,
            "",
            Map.of(),
            List.of(
                new NetworkSpec.Pool(
                    "10.9.0.0/24", "10.9.0.128/25", "10.9.0.254", Map.of("printer", "10.9.0.128"))),
            Map.of(
                "com.docker.network.bridge.name",
                "shopbr",
                "com.docker.network.driver.mtu",
                "1280"),
            Map.of("team", "a")));
    Path web = container(WEB, "web");
    Endpoint endpoint =
        lab.onHost(
            () ->
                networks.attach(
                    WEB,
                    "shop",
                    new EndpointSpec(List.of(), "", "", "02:42:00:00:BE:EF", Map.of(), 0, "lan")));
    assertThat(endpoint.ipv4Address()).isEqualTo("10.9.0.129");
    assertThat(endpoint.ipv4Gateway()).isEqualTo("10.9.0.254");
    Link link =
        lab.in(
            web,
            () -> {
              try (RouteNetlink netlink = new RouteNetlink()) {
                return netlink.link("lan").orElseThrow();
              }
            });
    assertThat(link.mac()).hasToString("02:42:00:00:be:ef");
    assertThat(link.mtu()).isEqualTo(1280);
    assertThat(networks.inspect("shop").bridge()).isEqualTo("shopbr");
    assertThat(networks.inspect("shop").spec().labels()).containsEntry("team", "a");
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

  @Test
  void afterARebootNetworksAreThereAndSandboxesAreNot() throws Exception {
    Network shop = networks.create(NetworkSpec.bridge("shop"));
    container(WEB, "web", "shop");
    publish(WEB, port("0.0.0.0", 8080, 80));
    lab.onHost(
        () -> {
          networks.dismantle();
          networks.close();
          networks = ContainerNetworks.open(config());
          return null;
        });
    assertThat(networks.sandboxes()).isEmpty();
    assertThat(networks.inspect("shop"))
        .usingRecursiveComparison()
        .ignoringFields("endpoints")
        .isEqualTo(shop);
    assertThat(traces()).contains(shop.bridge());
    Path web = container(WEB, "web", "shop");
    lab.serveTcp(web, 80, "web");
    publish(WEB, port("0.0.0.0", 8080, 80));
    assertThat(lab.who(lab.outside(), "192.168.77.1", 8080)).isEqualTo("web");
  }

  @Test
  void aTableThatSomeoneFlushedIsMadeAgainWithTheNextChange() {
    Path web = container(WEB, "web", "bridge");
    lab.serveTcp(web, 80, "web");
    lab.onHost(
        () -> {
          try (Nftables nftables = new Nftables()) {
            nftables.run("flush ruleset");
          }
          return networks.publish(WEB, List.of(port("0.0.0.0", 8080, 80)));
        });
    assertThat(lab.who(lab.outside(), "192.168.77.1", 8080)).isEqualTo("web");
    assertThat(lab.who(web, "192.168.77.1", 8080)).isEqualTo("web");
  }

  private List<String> routes6() {
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

  /** Links, routes and tables of the host. */
  private List<String> traces() {
    return lab.onHost(
        () -> {
          List<String> traces = new ArrayList<>();
          try (RouteNetlink netlink = new RouteNetlink();
              Nftables nftables = new Nftables()) {
            netlink.links().forEach(link -> traces.add(link.name()));
            netlink.routes(Route.MAIN).forEach(route -> traces.add(route.destination().toString()));
            if (nftables.list("list tables inet").contains("bridges")) {
              traces.add("table");
            }
          }
          return traces.stream().filter(trace -> !trace.contains(":")).sorted().toList();
        });
  }

  /** One name, for a server of the outside world. */
  private record OneName(String name, String address) implements Zone {
    @Override
    public boolean covers(Name asked) {
      return true;
    }

    @Override
    public ZoneAnswer answer(Name asked, int type) {
      return asked.toString().equals(name)
          ? ZoneAnswer.of(
              List.of(new ARecord(asked, DClass.IN, 30, InetAddress.ofLiteral(address))))
          : ZoneAnswer.NO_NAME;
    }

    @Override
    public Record authority() {
      return null;
    }
  }
}
