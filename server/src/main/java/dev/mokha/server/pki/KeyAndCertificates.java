package dev.mokha.server.pki;

import static java.util.Objects.requireNonNull;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * A private key and the chain that vouches for it.
 *
 * @param key the private key
 * @param chain the key's own certificate first
 */
public record KeyAndCertificates(PrivateKey key, List<X509Certificate> chain) {
  /** Refuses nulls and an empty chain. */
  public KeyAndCertificates {
    requireNonNull(key, "key");
    chain = List.copyOf(chain);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("a key needs at least its own certificate");
    }
  }

  /** The key's own certificate. */
  public X509Certificate certificate() {
    return chain.get(0);
  }

  @Override
  public String toString() {
    return "KeyAndCertificates[" + certificate().getSubjectX500Principal() + "]";
  }
}
