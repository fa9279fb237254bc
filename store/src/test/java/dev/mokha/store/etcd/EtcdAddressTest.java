package dev.mokha.store.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EtcdAddressTest {
  @Test
  void namesMembersPrefixAndCertificates() {
    EtcdAddress plain = EtcdAddress.parse("etcd://10.0.0.1,db2:4001,[::1]:2379");
    assertThat(plain.endpoints()).isEqualTo(List.of("10.0.0.1:2379", "db2:4001", "[::1]:2379"));
    assertThat(plain.prefix()).isEqualTo("/mokha");
    assertThat(plain.tls()).isEmpty();
    EtcdAddress secured =
        EtcdAddress.parse("etcd://db?prefix=/a/b&cacert=/ca.pem&cert=/my%20cert.pem&key=/key.pem");
    assertThat(secured.prefix()).isEqualTo("/a/b");
    EtcdAddress.Tls tls = secured.tls().orElseThrow();
    assertThat(tls.authority()).isEqualTo(Path.of("/ca.pem"));
    assertThat(tls.certificate()).contains(Path.of("/my cert.pem"));
    assertThat(tls.key()).contains(Path.of("/key.pem"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://db",
        "etcd://",
        "etcd://db:port",
        "etcd://db,,db2",
        "etcd://db?prefix=mokha",
        "etcd://db?prefix=/",
        "etcd://db?prefix=/a.b",
        "etcd://db?prefix=/a//b",
        "etcd://db?user=me",
        "etcd://db?cert=/c.pem&key=/k.pem",
        "etcd://db?cacert=/ca.pem&cert=/c.pem",
      })
  void whatIsNoneIsRefused(String text) {
    assertThatThrownBy(() -> EtcdAddress.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
