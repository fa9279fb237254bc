package dev.mokha.network.bridges;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.linux.netlink.Link;
import dev.mokha.linux.netlink.Route;
import dev.mokha.linux.netlink.RouteNetlink;
import dev.mokha.linux.nftables.Nftables;
import dev.mokha.network.bridges.ContainerNetworks.Sandbox;
import java.net.BindException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Networks, sandboxes and endpoints over their lives: refusals, restarts, and what is left. */
final class ContainerNetworksTest extends NetworksFixture {
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
}
