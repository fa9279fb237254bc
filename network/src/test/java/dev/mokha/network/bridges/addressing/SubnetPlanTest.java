package dev.mokha.network.bridges.addressing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.linux.netlink.Prefix;
import dev.mokha.network.bridges.ContainerNetworks.AddressPool;
import dev.mokha.network.bridges.NetworkException;
import dev.mokha.network.bridges.NetworkSpec;
import dev.mokha.network.bridges.NetworkSpec.Pool;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class SubnetPlanTest {
  private final SubnetPlan plan =
      new SubnetPlan(
          AddressPool.DOCKERS,
          Prefix.parse("fd12:3456:789a::/48"),
          List.of(Prefix.parse("10.42.0.0/16")));

  private static NetworkSpec spec(boolean six, Pool... pools) {
    return new NetworkSpec(
        "n", "", true, six, false, false, "", Map.of(), List.of(pools), Map.of(), Map.of());
  }

  private List<String> planned(NetworkSpec spec, List<Prefix> present, List<Prefix> host) {
    return plan.plan(spec, present, host).stream()
        .map(subnet -> Subnet.text(subnet.prefix()))
        .toList();
  }

  @Test
  void choosesWhatNobodyHas() {
    List<Prefix> none = List.of();
    assertThat(planned(spec(false), none, none)).containsExactly("172.17.0.0/16");
    assertThat(planned(spec(true), List.of(Prefix.parse("172.17.0.0/16")), none))
        .containsExactly("172.18.0.0/16", "fd12:3456:789a::/64");
    assertThat(
            planned(
                spec(true),
                List.of(Prefix.parse("172.17.0.0/16"), Prefix.parse("fd12:3456:789a::/64")),
                List.of(Prefix.parse("172.18.7.0/24"), Prefix.parse("172.19.0.1/32"))))
        .containsExactly("172.20.0.0/16", "fd12:3456:789a:1::/64");
  }

  @Test
  void refusesWhenThePoolsAreUsedUp() {
    List<Prefix> present = new ArrayList<>();
    for (int i = 0; i < 15 + 16; i++) {
      present.add(plan.plan(spec(false), present, List.of()).getFirst().prefix());
    }
    assertThat(present).last().hasToString("192.168.240.0/20");
    assertThatThrownBy(() -> plan.plan(spec(false), present, List.of()))
        .isInstanceOf(NetworkException.class)
        .hasMessage("all predefined address pools have been fully subnetted");
  }

  @Test
  void refusesWhatWouldTakeTheHostsOwnAddresses() {
    for (String subnet :
        List.of("0.0.0.0/0", "127.0.0.0/8", "127.1.2.0/24", "224.0.0.0/8", "::/0", "ff02::/64")) {
      assertThatThrownBy(
              () -> plan.plan(spec(true, new Pool(subnet, "", "", Map.of())), List.of(), List.of()))
          .hasMessageContaining("invalid subnet " + subnet + ": ");
    }
  }

  @Test
  void namesAllThatIsWrong() {
    assertThatThrownBy(
            () ->
                plan.plan(
                    spec(
                        true,
                        new Pool("10.9.0.0/24", "10.9.0.0/16", "10.8.0.1", Map.of("a", "10.9.1.1")),
                        new Pool("fd00::/129", "", "", Map.of())),
                    List.of(),
                    List.of()))
        .hasMessage(
            """
            invalid network config:
            invalid ip-range 10.9.0.0/16: CIDR block is bigger than its parent subnet 10.9.0.0/24
            invalid gateway 10.8.0.1: parent subnet 10.9.0.0/24 doesn't contain this address
            invalid auxiliary address 10.9.1.1: parent subnet 10.9.0.0/24 doesn't contain this address
            invalid subnet fd00::/129: invalid CIDR block notation\
            """);
    assertThatThrownBy(
            () ->
                plan.plan(
                    spec(
                        false,
                        new Pool("10.9.0.0/24", "", "", Map.of()),
                        new Pool("10.10.0.0/24", "", "", Map.of())),
                    List.of(),
                    List.of()))
        .hasMessage("bridge driver doesn't support multiple subnets");
  }

  @Property
  void networksNeverOverlap(
      @ForAll @Size(max = 40) List<@IntRange(min = 0, max = 2) Integer> kinds) {
    List<Prefix> present = new ArrayList<>();
    for (int kind : kinds) {
      try {
        NetworkSpec spec =
            kind == 2 ? spec(false, new Pool("172.20.0.0/14", "", "", Map.of())) : spec(kind == 1);
        for (Subnet subnet : plan.plan(spec, present, List.of())) {
          for (Prefix other : present) {
            assertThat(subnet.prefix().contains(other) || other.contains(subnet.prefix()))
                .isFalse();
          }
          present.add(subnet.prefix());
        }
      } catch (NetworkException e) {
        assertThat(e.getMessage()).containsAnyOf("overlaps", "fully subnetted");
      }
    }
  }

  @Property
  void addressesAreGivenOnceEach(
      @ForAll @IntRange(min = 22, max = 32) int length,
      @ForAll @Size(max = 200) List<@IntRange(min = -1, max = 30) Integer> moves) {
    SubnetAddresses addresses =
        new SubnetAddresses(Subnet.of(new Prefix(InetAddress.ofLiteral("10.9.0.0"), length)));
    Set<InetAddress> held = new HashSet<>();
    List<InetAddress> order = new ArrayList<>();
    for (int move : moves) {
      if (move < 0 || order.isEmpty()) {
        Optional<InetAddress> next = addresses.next();
        int room = length >= 31 ? (1 << (32 - length)) - 1 : (1 << (32 - length)) - 3;
        assertThat(next.isPresent()).isEqualTo(held.size() < room);
        next.ifPresent(
            address -> {
              assertThat(held.add(address)).isTrue();
              assertThat(addresses.subnet().prefix().contains(address)).isTrue();
              assertThat(address).isNotEqualTo(addresses.subnet().gateway());
              assertThat(addresses.take(address)).isFalse();
              order.add(address);
            });
      } else {
        InetAddress gone = order.remove(move % order.size());
        held.remove(gone);
        addresses.release(gone);
      }
    }
  }

  @Property
  void textOfAnAddressReadsBack(@ForAll @Size(16) byte[] bytes) throws Exception {
    InetAddress address = InetAddress.getByAddress(bytes);
    assertThat(InetAddress.ofLiteral(Subnet.text(address))).isEqualTo(address);
  }

  @Test
  void addressesAreWrittenAsPeopleDo() {
    assertThat(Subnet.text(InetAddress.ofLiteral("fd00:0:0:1:0:0:0:2"))).isEqualTo("fd00:0:0:1::2");
    assertThat(Subnet.text(InetAddress.ofLiteral("::"))).isEqualTo("::");
    assertThat(Subnet.text(InetAddress.ofLiteral("::1"))).isEqualTo("::1");
    assertThat(Subnet.text(InetAddress.ofLiteral("fd00::"))).isEqualTo("fd00::");
    assertThat(Subnet.text(InetAddress.ofLiteral("1:0:2:3:4:5:6:7"))).isEqualTo("1:0:2:3:4:5:6:7");
  }
}
