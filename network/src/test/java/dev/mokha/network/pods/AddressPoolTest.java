package dev.mokha.network.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.linux.netlink.Prefix;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AddressPoolTest {
  private final AddressPool pool = new AddressPool(Prefix.parse("10.42.7.0/29"));

  private String next() {
    return pool.next().map(InetAddress::getHostAddress).orElse("none");
  }

  @Test
  void givesTheLowestThenTheOneThatRestedLongest() {
    assertThat(List.of(next(), next(), next()))
        .containsExactly("10.42.7.2", "10.42.7.3", "10.42.7.4");
    pool.release(InetAddress.ofLiteral("10.42.7.3"));
    pool.release(InetAddress.ofLiteral("10.42.7.2"));
    assertThat(List.of(next(), next(), next(), next(), next()))
        .containsExactly("10.42.7.5", "10.42.7.6", "10.42.7.3", "10.42.7.2", "none");
  }

  @Test
  void takesOverWhatWasWrittenDown() {
    pool.restore(List.of("10.42.7.4", "10.42.7.2", "192.0.2.1"), List.of("10.42.7.3", "10.42.7.5"));
    assertThat(pool.restedAddresses()).containsExactly("10.42.7.4", "10.42.7.2");
    assertThat(List.of(next(), next(), next(), next()))
        .containsExactly("10.42.7.6", "10.42.7.4", "10.42.7.2", "none");
    assertThat(pool.take(InetAddress.ofLiteral("10.42.7.2"))).isFalse();
  }

  @Test
  void refusesRangesThatAreTooSmall() {
    assertThatThrownBy(() -> new AddressPool(Prefix.parse("10.42.7.0/30")))
        .hasMessageContaining("10.42.7.0/30");
  }
}
