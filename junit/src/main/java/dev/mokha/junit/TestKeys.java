package dev.mokha.junit;

import dev.mokha.server.pki.ClusterPki;
import dev.mokha.server.pki.KeyAndCertificates;
import dev.mokha.server.pki.PkiException;
import dev.mokha.server.pki.ServerPki;
import dev.mokha.server.pki.Subject;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/** The keys of a cluster; those in memory are made once and serve every cluster of the process. */
final class TestKeys {
  private static final Duration LIFETIME = Duration.ofDays(7);

  private final ClusterPki pki;
  private ServerPki server;

  private TestKeys(ClusterPki pki) {
    this.pki = pki;
  }

  private static final class OfProcess {
    static final TestKeys KEYS = new TestKeys(ClusterPki.inMemory(Clock.systemUTC()));
  }

  static TestKeys ofProcess() {
    return OfProcess.KEYS;
  }

  static TestKeys in(Path directory) {
    return new TestKeys(ClusterPki.open(directory.resolve("pki"), Clock.systemUTC()));
  }

  ClusterPki pki() {
    return pki;
  }

  synchronized ServerPki server(String serviceAddress, String clusterDomain) {
    if (server == null) {
      server = pki.server(List.of(), serviceAddress, clusterDomain);
    }
    return server;
  }

  String authorityPem() {
    return pki.authorityPem();
  }

  KeyAndCertificates admin() {
    return pki.admin();
  }

  KeyAndCertificates of(String user, String... groups) {
    try {
      return pki.authority().issue(Subject.client(user, groups), LIFETIME);
    } catch (GeneralSecurityException e) {
      throw new PkiException("no certificate can be made for " + user, e);
    }
  }
}
