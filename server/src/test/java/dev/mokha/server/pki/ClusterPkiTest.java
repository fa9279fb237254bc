package dev.mokha.server.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ClusterPkiTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  @TempDir private Path directory;

  private ClusterPki open(Instant now) {
    return ClusterPki.open(directory.resolve("pki"), Clock.fixed(now, ZoneOffset.UTC));
  }

  @Test
  void keepsWhatItMade() {
    ClusterPki first = open(NOW);
    KeyAndCertificates admin = first.admin();
    ClusterPki second = open(NOW.plus(Duration.ofDays(200)));
    assertThat(second.authority().certificate()).isEqualTo(first.authority().certificate());
    assertThat(second.admin().certificate()).isEqualTo(admin.certificate());
    assertThat(second.admin().key()).isEqualTo(admin.key());
    assertThat(second.serviceAccountKey().getPrivate())
        .isEqualTo(first.serviceAccountKey().getPrivate());
  }

  @Test
  void renewsBeforeTheEnd() {
    X509Certificate old = open(NOW).admin().certificate();
    X509Certificate renewed = open(NOW.plus(Duration.ofDays(250))).admin().certificate();
    assertThat(renewed).isNotEqualTo(old);
    assertThat(renewed.getNotAfter().toInstant()).isEqualTo(NOW.plus(Duration.ofDays(250 + 365)));
  }

  @Test
  void namesTheServerByAllItsNamesAndAnswersForNewOnes() throws Exception {
    ServerPki server = open(NOW).server(List.of("10.0.0.5", "host1"), "10.43.0.1", "cluster.local");
    assertThat(names(server.serving().certificate()))
        .containsExactlyInAnyOrder(
            "localhost",
            "127.0.0.1",
            "0:0:0:0:0:0:0:1",
            "10.0.0.5",
            "host1",
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
            "10.43.0.1");
    assertThat(server.serving().certificate().getExtendedKeyUsage())
        .containsExactly("1.3.6.1.5.5.7.3.1");
    ServerPki same = open(NOW).server(List.of("host1"), "10.43.0.1", "cluster.local");
    assertThat(same.serving().certificate()).isEqualTo(server.serving().certificate());
    ServerPki moved = open(NOW).server(List.of("10.0.0.6"), "10.43.0.1", "cluster.local");
    assertThat(names(moved.serving().certificate())).contains("10.0.0.6");
  }

  private static List<String> names(X509Certificate certificate) throws Exception {
    return certificate.getSubjectAlternativeNames().stream()
        .map(n -> String.valueOf(n.get(1)))
        .toList();
  }

  @Test
  void namesUsersAndGroupsAndStandsTheJdksExamination() throws Exception {
    ClusterPki pki = open(NOW);
    KeyAndCertificates node = pki.kubelet("node-1");
    assertThat(node.certificate().getSubjectX500Principal().getName())
        .isEqualTo("CN=system:node:node-1,O=system:nodes");
    assertThat(node.certificate().getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
    PKIXParameters parameters =
        new PKIXParameters(Set.of(new TrustAnchor(pki.authority().certificate(), null)));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(NOW));
    CertPathValidator.getInstance("PKIX")
        .validate(
            CertificateFactory.getInstance("X.509").generateCertPath(node.chain()), parameters);
  }

  @Test
  void isForItsOwnerAlone() throws Exception {
    open(NOW).admin();
    try (var files = Files.list(directory.resolve("pki"))) {
      assertThat(files)
          .isNotEmpty()
          .allSatisfy(
              f ->
                  assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(f)))
                      .isEqualTo("rw-------"));
    }
  }

  @Test
  void refusesANewerFormatAndDamage() throws Exception {
    open(NOW).admin();
    Files.writeString(directory.resolve("pki/admin.pem"), "nonsense");
    assertThatThrownBy(() -> open(NOW).admin())
        .isInstanceOf(PkiException.class)
        .hasMessageContaining("admin.pem is damaged");
    Files.writeString(directory.resolve("pki/FORMAT"), "2\n");
    assertThatThrownBy(() -> open(NOW))
        .isInstanceOf(PkiException.class)
        .hasMessageContaining("newer mokha (format 2");
  }
}
