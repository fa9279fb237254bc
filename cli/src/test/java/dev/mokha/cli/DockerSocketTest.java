package dev.mokha.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DockerSocketTest {
  @Test
  void oneAddressAmongPathsIsForTls() {
    assertThat(DockerSocket.tls(List.of("/var/run/docker.sock", "tcp://127.0.0.1:2376")))
        .contains(new InetSocketAddress("127.0.0.1", 2376));
    assertThat(DockerSocket.tls(List.of("/var/run/docker.sock"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp://", "tcp://127.0.0.1", "tcp://a b:1", "tcp://example.org:2376"})
  void whatIsNoAddressIsRefused(String socket) {
    assertThatThrownBy(() -> DockerSocket.tls(List.of(socket)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(socket);
  }

  @Test
  void twoAddressesAreRefused() {
    assertThatThrownBy(() -> DockerSocket.tls(List.of("tcp://127.0.0.1:1", "tcp://127.0.0.1:2")))
        .isInstanceOf(UserError.class);
  }
}
