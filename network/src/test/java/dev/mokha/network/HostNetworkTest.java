package dev.mokha.network;

import static dev.mokha.network.Objects.service;
import static dev.mokha.network.Objects.slice;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.linux.netlink.Link;
import dev.mokha.linux.netlink.Route;
import dev.mokha.linux.netlink.RouteNetlink;
import dev.mokha.linux.netlink.Rule;
import dev.mokha.linux.nftables.Nftables;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.net.DatagramSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HostNetworkTest {
  @TempDir Path directory;
  private Lab lab;
  private HostNetwork network;
  private FakeInformers informers;

  @BeforeEach
  void open() {
    lab = new Lab(directory);
    informers = new FakeInformers();
    network = lab.onHost(() -> HostNetwork.open(lab.config()));
  }

  @AfterEach
  void close() throws Exception {
    if (network != null) {
      network.close();
    }
    if (lab != null) {
      lab.close();
    }
  }

  private void start() {
    lab.onHost(
        () -> {
          network.start(null, informers);
          return null;
        });
  }

  private static void await(Supplier<Boolean> condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!condition.get()) {
      assertThat(System.nanoTime()).as("time is up").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  @Test
  void podsReachEachOtherTheHostAndTheOutside() {
    var one = lab.attach(network, "pod-one");
    var two = lab.attach(network, "pod-two");
    assertThat(one.address().getHostAddress()).isEqualTo("10.42.0.2");
    assertThat(two.address().getHostAddress()).isEqualTo("10.42.0.3");
    lab.serveTcp(two.networkNamespace(), 8080, "two");
    lab.serveTcp(lab.host(), 8081, "host");
    lab.serveTcp(lab.outside(), 8082, "outside");
    assertThat(lab.ask(one.networkNamespace(), "10.42.0.3", 8080)).isEqualTo("two 10.42.0.2");
    assertThat(lab.ask(lab.host(), "10.42.0.3", 8080)).isEqualTo("two 192.168.77.1");
    assertThat(lab.ask(one.networkNamespace(), "192.168.77.1", 8081)).isEqualTo("host 10.42.0.2");
    assertThat(lab.ask(one.networkNamespace(), "192.168.77.2", 8082))
        .as("masqueraded")
        .isEqualTo("outside 192.168.77.1");
    assertThat(lab.ask(one.networkNamespace(), "10.42.0.99", 1))
        .as("a pod address nobody has answers at once")
        .isEqualTo("NoRouteToHostException");
    assertThat(lab.attach(network, "pod-one")).isEqualTo(one);
  }

  @Test
  void aServiceSpreadsOverItsBackendsAndFollowsThem() {
    var one = lab.attach(network, "pod-one");
    var two = lab.attach(network, "pod-two");
    var client = lab.attach(network, "client");
    lab.serveTcp(one.networkNamespace(), 8080, "one");
    lab.serveTcp(two.networkNamespace(), 8080, "two");
    informers.put(service("web", "10.43.0.5", 80, "TCP"));
    informers.put(slice("web", 8080, "TCP", "10.42.0.2", "10.42.0.3"));
    start();
    await(() -> lab.who(client.networkNamespace(), "10.43.0.5", 80).matches("one|two"));

    Set<String> fromPod = new HashSet<>();
    Set<String> fromHost = new HashSet<>();
    for (int i = 0; i < 30; i++) {
      fromPod.add(lab.ask(client.networkNamespace(), "10.43.0.5", 80));
      fromHost.add(lab.ask(lab.host(), "10.43.0.5", 80));
    }
    assertThat(fromPod).containsExactlyInAnyOrder("one 10.42.0.4", "two 10.42.0.4");
    assertThat(fromHost).containsExactlyInAnyOrder("one 192.168.77.1", "two 192.168.77.1");

    Set<String> hairpin = new HashSet<>();
    for (int i = 0; i < 30; i++) {
      hairpin.add(lab.ask(one.networkNamespace(), "10.43.0.5", 80));
    }
    assertThat(hairpin).containsExactlyInAnyOrder("one 192.168.77.1", "two 10.42.0.2");

    informers.put(slice("web", 8080, "TCP", "10.42.0.3"));
    // Once may be chance: until then one of two was picked.
    await(
        () ->
            IntStream.range(0, 10)
                .allMatch(i -> lab.who(client.networkNamespace(), "10.43.0.5", 80).equals("two")));
    informers.put(slice("web", 8080, "TCP"));
    await(() -> lab.who(client.networkNamespace(), "10.43.0.5", 80).equals("ConnectException"));
    assertThat(lab.who(lab.host(), "10.43.0.5", 80)).isEqualTo("ConnectException");
    assertThat(lab.who(lab.host(), "10.43.9.9", 80))
        .as("no such Service")
        .isEqualTo("ConnectException");
  }

  @Test
  void nodePortsAndExternalAddressesLeadIn() {
    var one = lab.attach(network, "pod-one");
    lab.serveTcp(one.networkNamespace(), 8080, "one");
    informers.put(
        new ServiceBuilder(service("web", "10.43.0.5", 80, "TCP"))
            .editSpec()
            .withType("NodePort")
            .addToExternalIPs("203.0.113.7")
            .editFirstPort()
            .withNodePort(30080)
            .endPort()
            .endSpec()
            .build());
    informers.put(slice("web", 8080, "TCP", "10.42.0.2"));
    start();
    await(() -> lab.who(lab.outside(), "192.168.77.1", 30080).equals("one"));
    assertThat(lab.ask(lab.outside(), "192.168.77.1", 30080)).isEqualTo("one 192.168.77.2");
    assertThat(lab.ask(lab.host(), "127.0.0.1", 30080)).isEqualTo("one 192.168.77.1");
    assertThat(lab.ask(lab.host(), "192.168.77.1", 30080)).isEqualTo("one 192.168.77.1");
    assertThat(lab.who(one.networkNamespace(), "192.168.77.1", 30080)).isEqualTo("one");
    assertThat(lab.who(one.networkNamespace(), "203.0.113.7", 80)).isEqualTo("one");
  }

  @Test
  void hostPortsLeadToTheirPod() {
    var one =
        lab.attach(
            network,
            "pod-one",
            new PodNetwork.HostPort("", 9000, 8080, "TCP"),
            new PodNetwork.HostPort("127.0.0.1", 9001, 8080, "TCP"));
    lab.serveTcp(one.networkNamespace(), 8080, "one");
    assertThat(lab.ask(lab.outside(), "192.168.77.1", 9000)).isEqualTo("one 192.168.77.2");
    assertThat(lab.who(lab.host(), "127.0.0.1", 9000)).isEqualTo("one");
    assertThat(lab.who(lab.host(), "127.0.0.1", 9001)).isEqualTo("one");
    assertThat(lab.who(lab.outside(), "192.168.77.1", 9001)).isEqualTo("ConnectException");
    network.pods().detach("pod-one");
    network.pods().detach("pod-one");
    assertThat(network.pods().find("pod-one")).isEmpty();
    assertThat(network.pods().podUids()).isEmpty();
    List<Route> left =
        lab.onHost(
            () -> {
              try (RouteNetlink netlink = new RouteNetlink()) {
                return netlink.routes(Route.MAIN);
              }
            });
    assertThat(left).noneMatch(route -> route.destination().length() == 32);
    assertThat(lab.who(lab.outside(), "192.168.77.1", 9000)).isEqualTo("ConnectException");
  }

  @Test
  void aClientStaysWithItsBackendUntilThatLeaves() {
    var one = lab.attach(network, "pod-one");
    var two = lab.attach(network, "pod-two");
    lab.serveTcp(one.networkNamespace(), 8080, "one");
    lab.serveTcp(two.networkNamespace(), 8080, "two");
    informers.put(
        new ServiceBuilder(service("web", "10.43.0.5", 80, "TCP"))
            .editSpec()
            .withSessionAffinity("ClientIP")
            .endSpec()
            .build());
    informers.put(slice("web", 8080, "TCP", "10.42.0.2", "10.42.0.3"));
    start();
    await(() -> lab.who(lab.host(), "10.43.0.5", 80).matches("one|two"));
    String first = lab.who(lab.host(), "10.43.0.5", 80);
    for (int i = 0; i < 20; i++) {
      assertThat(lab.who(lab.host(), "10.43.0.5", 80)).isEqualTo(first);
    }
    String other = first.equals("one") ? "two" : "one";
    informers.put(slice("web", 8080, "TCP", other.equals("one") ? "10.42.0.2" : "10.42.0.3"));
    await(() -> lab.who(lab.host(), "10.43.0.5", 80).equals(other));
  }

  @Test
  void aDatagramFlowMovesWhenItsBackendLeaves() {
    var one = lab.attach(network, "pod-one");
    var two = lab.attach(network, "pod-two");
    var client = lab.attach(network, "client");
    lab.serveUdp(one.networkNamespace(), 5353, "one");
    lab.serveUdp(two.networkNamespace(), 5353, "two");
    informers.put(service("names", "10.43.0.7", 53, "UDP"));
    informers.put(slice("names", 5353, "UDP", "10.42.0.2"));
    start();
    // One socket, so that all its packets are one tracked flow.
    try (DatagramSocket socket = lab.in(client.networkNamespace(), () -> new DatagramSocket())) {
      await(() -> Lab.ask(socket, "10.43.0.7", 53).equals("one"));
      informers.put(slice("names", 5353, "UDP", "10.42.0.3"));
      await(() -> Lab.ask(socket, "10.43.0.7", 53).equals("two"));
    }
  }

  @Test
  void podsAndTheHostAskClusterDns() {
    var client = lab.attach(network, "client");
    informers.put(
        new NamespaceBuilder().withNewMetadata().withName("default").endMetadata().build());
    informers.put(service("web", "10.43.0.5", 80, "TCP"));
    start();
    for (Path namespace : List.of(client.networkNamespace(), lab.host())) {
      await(
          () ->
              lab.resolve(namespace, "10.43.0.10", "web.default.svc.cluster.local.")
                  .contains("10.43.0.5"));
    }
    assertThat(lab.resolve(client.networkNamespace(), "10.43.0.10", "none.cluster.local."))
        .contains("NXDOMAIN");
  }

  @Test
  void otherNodesPodsAreReachedThroughThem() {
    start();
    informers.put(node("node-1", "10.42.0.0/24", "192.168.77.1"));
    informers.put(node("node-2", "10.42.1.0/24", "192.168.77.2"));
    await(() -> routes().contains("10.42.1.0/24 192.168.77.2"));
    informers.put(node("node-2", "10.42.1.0/24", "192.168.77.3"));
    await(() -> routes().contains("10.42.1.0/24 192.168.77.3"));
    informers.remove(node("node-2", "10.42.1.0/24", "192.168.77.3"));
    await(() -> routes().isEmpty());
  }

  @Test
  void twoNodesShareServicesAndPods() {
    Path second = lab.addNode();
    HostNetwork other = lab.in(second, () -> HostNetwork.open(lab.secondConfig()));
    try {
      informers.put(node("node-1", "10.42.0.0/24", "192.168.77.1"));
      informers.put(node("node-2", "10.42.1.0/24", "192.168.78.2"));
      var here = lab.attach(network, "pod-here");
      var there = lab.attach(second, other, "pod-there");
      lab.serveTcp(here.networkNamespace(), 8080, "here");
      lab.serveTcp(there.networkNamespace(), 8080, "there");
      lab.serveTcp(lab.outside(), 8082, "outside");
      informers.put(
          new ServiceBuilder(service("web", "10.43.0.5", 80, "TCP"))
              .editSpec()
              .withType("NodePort")
              .editFirstPort()
              .withNodePort(30080)
              .endPort()
              .endSpec()
              .build());
      informers.put(slice("web", 8080, "TCP", "10.42.1.2"));
      start();
      lab.in(
          second,
          () -> {
            other.start(null, informers);
            return null;
          });
      await(() -> lab.who(here.networkNamespace(), "10.42.1.2", 8080).equals("there"));
      await(() -> lab.who(there.networkNamespace(), "10.42.0.2", 8080).equals("here"));
      await(() -> lab.who(here.networkNamespace(), "10.43.0.5", 80).equals("there"));
      await(() -> lab.who(there.networkNamespace(), "10.43.0.5", 80).equals("there"));
      assertThat(lab.ask(there.networkNamespace(), "10.42.0.2", 8080)).isEqualTo("here 10.42.1.2");
      assertThat(lab.ask(here.networkNamespace(), "10.43.0.5", 80)).isEqualTo("there 10.42.0.2");
      assertThat(lab.ask(lab.host(), "10.43.0.5", 80)).isEqualTo("there 192.168.77.1");
      assertThat(lab.ask(there.networkNamespace(), "10.43.0.5", 80))
          .as("to itself")
          .isEqualTo("there 192.168.78.2");
      assertThat(lab.ask(lab.outside(), "192.168.77.1", 30080))
          .as("over a node where the pod is not")
          .isEqualTo("there 192.168.77.1");
      assertThat(lab.ask(there.networkNamespace(), "192.168.77.2", 8082))
          .as("out of a node that only this machine knows")
          .isEqualTo("outside 192.168.77.1");
      assertThat(lab.ask(there.networkNamespace(), "192.168.77.1", 30080)).startsWith("there");
    } finally {
      other.close();
    }
  }

  private static Node node(String name, String pods, String address) {
    return new NodeBuilder()
        .withNewMetadata()
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withPodCIDR(pods)
        .endSpec()
        .withNewStatus()
        .addNewAddress()
        .withType("InternalIP")
        .withAddress(address)
        .endAddress()
        .endStatus()
        .build();
  }

  private List<String> routes() {
    return lab.onHost(
        () -> {
          try (RouteNetlink netlink = new RouteNetlink()) {
            return netlink.routes(Route.MAIN).stream()
                .filter(route -> route.gateway() != null)
                .map(route -> route.destination() + " " + route.gateway().getHostAddress())
                .toList();
          }
        });
  }

  @Test
  void theTableComesBackWhenSomethingElseRemovedIt() {
    var one = lab.attach(network, "pod-one");
    lab.serveTcp(one.networkNamespace(), 8080, "one");
    informers.put(service("web", "10.43.0.5", 80, "TCP"));
    informers.put(slice("web", 8080, "TCP", "10.42.0.2"));
    start();
    await(() -> lab.who(lab.host(), "10.43.0.5", 80).equals("one"));
    lab.onHost(
        () -> {
          try (Nftables nftables = new Nftables()) {
            nftables.run("flush ruleset");
          }
          return null;
        });
    informers.put(service("more", "10.43.0.6", 80, "TCP"));
    await(() -> lab.who(lab.host(), "10.43.0.5", 80).equals("one"));
  }

  @Test
  void aNewDaemonTakesOverWithoutADroppedConnection() {
    var one = lab.attach(network, "pod-one");
    lab.serveTcp(one.networkNamespace(), 8080, "one");
    informers.put(service("web", "10.43.0.5", 80, "TCP"));
    informers.put(slice("web", 8080, "TCP", "10.42.0.2"));
    start();
    await(() -> lab.who(lab.host(), "10.43.0.5", 80).equals("one"));
    network.close();
    assertThat(lab.who(lab.host(), "10.43.0.5", 80)).as("with no daemon").isEqualTo("one");
    network = lab.onHost(() -> HostNetwork.open(lab.config()));
    assertThat(lab.who(lab.host(), "10.43.0.5", 80)).as("before the API is known").isEqualTo("one");
    assertThat(network.pods().find("pod-one")).contains(one);
    assertThat(network.pods().podUids()).containsExactly("pod-one");
    start();
    informers.put(service("more", "10.43.0.6", 80, "TCP"));
    informers.put(slice("more", 8080, "TCP", "10.42.0.2"));
    await(() -> lab.who(lab.host(), "10.43.0.6", 80).equals("one"));
    assertThat(lab.who(lab.host(), "10.43.0.5", 80)).isEqualTo("one");
    assertThat(lab.attach(network, "pod-two").address()).hasToString("/10.42.0.3");
  }

  @Test
  void aWipeLeavesNothing() {
    network.wipe();
    network.close();
    List<?> before = state();
    network = lab.onHost(() -> HostNetwork.open(lab.config()));
    lab.attach(network, "pod-one");
    lab.attach(network, "pod-two", new PodNetwork.HostPort("", 9000, 8080, "TCP"));
    start();
    assertThat(state()).isNotEqualTo(before);
    network.close();
    network = lab.onHost(() -> HostNetwork.open(lab.config()));
    lab.onHost(
        () -> {
          network.wipe();
          return null;
        });
    assertThat(state()).isEqualTo(before);
    assertThat(directory.resolve("state")).doesNotExist();
    assertThat(directory.resolve("run")).doesNotExist();
  }

  /** Links, addresses, routes, rules and tables of the host. */
  private List<?> state() {
    return lab.onHost(
        () -> {
          try (RouteNetlink netlink = new RouteNetlink();
              Nftables nftables = new Nftables()) {
            List<String> links = netlink.links().stream().map(Link::name).toList();
            List<Route> routes = netlink.routes(Route.MAIN);
            List<Route> more = netlink.routes(28015);
            List<Rule> rules = netlink.rules();
            return List.of(
                links,
                netlink.addresses(),
                routes,
                more,
                rules,
                nftables.list("list ruleset"),
                java.nio.file.Files.readString(Path.of("/proc/sys/net/ipv4/ip_forward")));
          }
        });
  }
}
