package dev.mokha.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.linux.FileDescriptor;
import dev.mokha.linux.Mounts;
import dev.mokha.linux.Namespaces;
import dev.mokha.linux.Namespaces.Kind;
import dev.mokha.linux.Root;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RouteNetlinkTest {
  private static final int MINE = 109;

  @TempDir Path directory;

  @BeforeEach
  void root() {
    Root.required();
  }

  @AfterEach
  void clean() {
    Mounts.unmountTree(directory);
  }

  @Test
  void connectsTwoNamespaces() {
    Path far = directory.resolve("far");
    Namespaces.create(Map.of(Kind.NET, far), () -> null);
    inNew(
        netlink -> {
          try (FileDescriptor farNamespace = FileDescriptor.open(far, FileDescriptor.READ_ONLY)) {
            netlink.createVeth(
                new Link.VethPair(
                    "mkt0",
                    new MacAddress(0xeeeeeeeeeeeeL),
                    "eth0",
                    new MacAddress(0x0a580a2a0002L),
                    1400),
                farNamespace);
          }
          Link link = netlink.link("mkt0").orElseThrow();
          assertThat(link.kind()).isEqualTo("veth");
          assertThat(link.mac()).hasToString("ee:ee:ee:ee:ee:ee");
          assertThat(link.mtu()).isEqualTo(1400);
          assertThat(link.up()).isFalse();
          netlink.change(
              link.index(),
              new Link.Change(
                  true,
                  "of a test",
                  true,
                  List.of(
                      new Link.Ipv4Setting(Link.Ipv4Conf.RP_FILTER, 1),
                      new Link.Ipv4Setting(Link.Ipv4Conf.ROUTE_LOCALNET, 1))));
          assertThat(netlink.link("mkt0").orElseThrow().up()).isTrue();
          assertThat(netlink.link("mkt0").orElseThrow().alias()).isEqualTo("of a test");
          assertThat(Path.of("/proc/sys/net/ipv4/conf/mkt0/rp_filter")).hasContent("1");
          assertThat(Path.of("/proc/sys/net/ipv4/conf/mkt0/route_localnet")).hasContent("1");
          assertThat(netlink.deleteLink("mkt0")).isTrue();
          assertThat(netlink.deleteLink("mkt0")).isFalse();
          assertThat(netlink.link("mkt0")).isEmpty();
        });
    Namespaces.unpin(far);
  }

  @Test
  void addsAndDeletesRoutesAddressesAndRules() {
    inNew(
        netlink -> {
          Link lo = netlink.link("lo").orElseThrow();
          netlink.change(lo.index(), Link.Change.UP);
          var address =
              new RouteNetlink.LinkAddress(lo.index(), InetAddress.ofLiteral("10.1.1.1"), 32, true);
          netlink.addAddress(address);
          netlink.addAddress(address);
          assertThat(netlink.addresses()).contains(address);

          Route blackhole = Route.blackhole(Prefix.parse("10.42.0.0/16"), MINE);
          Route direct =
              Route.direct(Prefix.parse("10.43.0.0/16"), lo.index(), MINE)
                  .from(address.address())
                  .inTable(28015)
                  .withMtu(1500);
          netlink.replaceRoute(blackhole);
          netlink.replaceRoute(blackhole);
          netlink.replaceRoute(direct);
          assertThat(netlink.routes(Route.MAIN)).contains(blackhole);
          assertThat(netlink.routes(28015)).containsExactly(direct);

          assertThat(netlink.lookup(InetAddress.ofLiteral("10.42.7.7"))).isEmpty();
          assertThat(netlink.lookup(InetAddress.ofLiteral("192.0.2.1"))).isEmpty();
          assertThat(netlink.lookup(address.address()).orElseThrow().type())
              .isEqualTo(Route.Type.LOCAL);

          Rule rule = new Rule(1000, Prefix.parse("10.43.0.0/16"), "lo", 28015, MINE);
          netlink.addRule(rule);
          netlink.addRule(rule);
          assertThat(netlink.rules()).containsOnlyOnce(rule);

          assertThat(netlink.deleteRule(rule)).isTrue();
          assertThat(netlink.deleteRule(rule)).isFalse();
          assertThat(netlink.deleteRoute(blackhole)).isTrue();
          assertThat(netlink.deleteRoute(blackhole)).isFalse();
          assertThat(netlink.deleteRoute(direct)).isTrue();
          assertThat(netlink.routes(28015)).isEmpty();
          assertThat(netlink.deleteAddress(address)).isTrue();
          assertThat(netlink.deleteAddress(address)).isFalse();
          assertThatThrownBy(
                  () ->
                      netlink.replaceRoute(
                          Route.via(
                              Prefix.parse("10.9.0.0/16"),
                              InetAddress.ofLiteral("203.0.113.1"),
                              0,
                              MINE)))
              .hasMessageContaining("10.9.0.0/16");
        });
  }

  @Test
  void makesABridge() {
    inNew(
        netlink -> {
          netlink.createBridge("mkbr");
          netlink.createBridge("mkbr");
          assertThat(netlink.links()).extracting(Link::kind).contains("bridge");
          Link bridge = netlink.link("mkbr").orElseThrow();
          netlink.setNeighbour(
              bridge.index(), InetAddress.ofLiteral("10.1.1.9"), new MacAddress(1));
          netlink.rename(bridge.index(), "other");
          assertThat(netlink.link("other")).isPresent();
        });
  }

  @Test
  void readsPrefixes() {
    Prefix prefix = Prefix.parse("10.42.128.0/17");
    assertThat(prefix.contains(InetAddress.ofLiteral("10.42.200.1"))).isTrue();
    assertThat(prefix.contains(InetAddress.ofLiteral("10.42.127.255"))).isFalse();
    assertThat(prefix.contains(Prefix.parse("10.42.0.0/16"))).isFalse();
    assertThat(Prefix.parse("10.0.0.1")).hasToString("10.0.0.1/32");
    assertThatThrownBy(() -> Prefix.parse("10.42.0.1/24")).hasMessageContaining("beyond");
    assertThatThrownBy(() -> Prefix.parse("10.42.0.0/x")).hasMessageContaining("10.42.0.0/x");
  }

  private interface Work {
    void with(RouteNetlink netlink) throws Exception;
  }

  private static void inNew(Work work) {
    Namespaces.callInNew(
        List.of(Kind.NET),
        () -> {
          assertThat(Files.exists(Path.of("/proc/sys/net/ipv4/conf/lo"))).isTrue();
          try (RouteNetlink netlink = new RouteNetlink()) {
            work.with(netlink);
          }
          return null;
        });
  }
}
