package dev.mokha.server.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.store.Store;
import dev.mokha.store.StoreException;
import dev.mokha.store.StoreUnavailableException;
import dev.mokha.store.Transaction;
import dev.mokha.store.etcd.EtcdAddress;
import dev.mokha.store.etcd.EtcdProcess;
import dev.mokha.store.etcd.EtcdStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An etcd that wants to see a certificate, and shows one. */
final class EtcdTlsTest {
  private static final Duration DAY = Duration.ofDays(1);

  @TempDir private Path directory;

  private Path write(String name, String text) throws Exception {
    return Files.writeString(directory.resolve(name), text);
  }

  private void pair(String name, KeyAndCertificates pair) throws Exception {
    write(name + ".crt", Pem.certificates(pair.chain()));
    write(name + ".key", Pem.privateKey(pair.key()));
  }

  @Test
  void isReachedWithAClientCertificateAndNotWithout() throws Exception {
    CertificateAuthority authority = CertificateAuthority.create("etcd-ca", DAY, Clock.systemUTC());
    Path ca = write("ca.crt", Pem.certificates(List.of(authority.certificate())));
    pair(
        "server",
        authority.issue(Subject.server("etcd", List.of("localhost"), List.of("127.0.0.1")), DAY));
    pair("client", authority.issue(Subject.client("mokha"), DAY));
    CertificateAuthority other = CertificateAuthority.create("other-ca", DAY, Clock.systemUTC());
    Path otherCa = write("other.crt", Pem.certificates(List.of(other.certificate())));
    try (EtcdProcess etcd =
        EtcdProcess.start(
            directory,
            "--cert-file=" + directory.resolve("server.crt"),
            "--key-file=" + directory.resolve("server.key"),
            "--trusted-ca-file=" + ca,
            "--client-cert-auth")) {
      String host = "etcd://127.0.0.1:" + etcd.port();
      String own =
          "&cert=%s&key=%s"
              .formatted(directory.resolve("client.crt"), directory.resolve("client.key"));
      try (Store store = EtcdStore.open(EtcdAddress.parse(host + "?cacert=" + ca + own))) {
        store.commit(Transaction.create("/a", new byte[] {1}));
        assertThat(store.get("/a")).isPresent();
      }
      assertThatThrownBy(() -> EtcdStore.open(EtcdAddress.parse(host + "?cacert=" + ca)))
          .isInstanceOf(StoreUnavailableException.class);
      assertThatThrownBy(() -> EtcdStore.open(EtcdAddress.parse(host + "?cacert=" + otherCa + own)))
          .isInstanceOf(StoreUnavailableException.class);
      assertThatThrownBy(
              () ->
                  EtcdStore.open(
                      EtcdAddress.parse(host + "?cacert=" + directory.resolve("none.crt"))))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("can't be read");
    }
  }
}
