package dev.mokha.docker.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.server.pki.CertificateAuthority;
import dev.mokha.server.pki.KeyAndCertificates;
import dev.mokha.server.pki.Pem;
import dev.mokha.server.pki.Subject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Connections over TLS: a certificate of the cluster's authority says who calls, or nobody does.
 */
class TlsTest {
  private static final Duration YEAR = Duration.ofDays(365);
  private static final char[] NO_PASSWORD = new char[0];

  @TempDir private Path directory;

  private final AtomicInteger asked = new AtomicInteger();
  private CertificateAuthority cluster;
  private DockerServer server;
  private int port;

  @BeforeEach
  void open() throws Exception {
    cluster = CertificateAuthority.create("cluster", YEAR, Clock.systemUTC());
    KeyAndCertificates own =
        cluster.issue(
            Subject.server("docker", List.of("localhost"), List.of("127.0.0.1")),
            Duration.ofDays(1));
    Path ca = directory.resolve("ca.crt");
    Path certificate = directory.resolve("tls.crt");
    Path key = directory.resolve("tls.key");
    Files.writeString(ca, Pem.certificates(List.of(cluster.certificate())));
    Files.writeString(certificate, Pem.certificates(own.chain()));
    Files.writeString(key, Pem.privateKey(own.key()));
    List<Route> routes =
        List.of(
            Route.get(
                    "/who",
                    (request, response) -> {
                      Caller caller = request.caller();
                      response.text(
                          200,
                          caller.kind()
                              + " "
                              + caller.user()
                              + " of "
                              + caller.groups()
                              + (caller.root() ? ", root" : ""));
                    })
                .as("get", "system"));
    Access everybody =
        (caller, action) -> {
          asked.incrementAndGet();
          return Access.Decision.ALLOWED;
        };
    server = new DockerServer(new Router(routes, everybody));
    port =
        server.listen(
            new DockerServer.Tls(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), certificate, key, ca));
  }

  @AfterEach
  void close() {
    server.close();
  }

  private static KeyManager[] keys(KeyAndCertificates client) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, NO_PASSWORD);
    store.setKeyEntry(
        "client", client.key(), NO_PASSWORD, client.chain().toArray(X509Certificate[]::new));
    KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  /** Asks who we are; null for a client without a certificate. */
  private String ask(KeyAndCertificates client, String protocol) throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, NO_PASSWORD);
    trusted.setCertificateEntry("ca", cluster.certificate());
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(client == null ? null : keys(client), trust.getTrustManagers(), null);
    try (SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      socket.setEnabledProtocols(new String[] {protocol});
      socket
          .getOutputStream()
          .write(
              "GET /who HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (answer.isEmpty()) {
        throw new IOException("The server ended the connection without a word");
      }
      return answer.substring(answer.indexOf("\r\n\r\n") + 4);
    }
  }

  private void refused(KeyAndCertificates client) {
    for (String protocol : List.of("TLSv1.3", "TLSv1.2")) {
      assertThatThrownBy(() -> ask(client, protocol)).as(protocol).isInstanceOf(IOException.class);
    }
    assertThat(asked).as("nothing was even asked about").hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void aCertificateOfTheClustersAuthoritySaysWhoCalls(String protocol) throws Exception {
    KeyAndCertificates alice =
        cluster.issue(Subject.client("alice", "staff", "dockers"), Duration.ofHours(1));
    assertThat(ask(alice, protocol)).isEqualTo("CERTIFICATE alice of [staff, dockers]");
    KeyAndCertificates root = cluster.issue(Subject.client("root"), Duration.ofHours(1));
    assertThat(ask(root, protocol))
        .as("a name is not the machine's user of that name")
        .isEqualTo("CERTIFICATE root of []");
  }

  @Test
  void withoutACertificateNobodyIsServed() {
    refused(null);
  }

  @Test
  void anotherAuthoritysCertificateIsNone() throws Exception {
    CertificateAuthority other =
        CertificateAuthority.create("cluster", YEAR, Clock.systemUTC()); // of the same name
    refused(other.issue(Subject.client("admin", "system:masters"), Duration.ofHours(1)));
  }

  @Test
  void anExpiredCertificateIsNone() throws Exception {
    Clock lastWeek = Clock.fixed(Instant.now().minus(Duration.ofDays(7)), ZoneOffset.UTC);
    CertificateAuthority then = new CertificateAuthority(cluster.authority(), lastWeek);
    refused(then.issue(Subject.client("alice"), Duration.ofDays(1)));
  }

  @Test
  void aCertificateForServersIsNone() throws Exception {
    refused(
        cluster.issue(
            Subject.server("web", List.of("web.example"), List.of()), Duration.ofHours(1)));
  }

  @Test
  void whoSaysNothingIsNobody() throws Exception {
    refused(cluster.issue(Subject.client(""), Duration.ofHours(1)));
  }
}
