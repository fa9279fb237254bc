package dev.mokha.server.pki;

import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What the server needs of the cluster's PKI.
 *
 * @param serving what the server shows its clients
 * @param clientAuthorities who may vouch for client certificates
 * @param kubeletClient what the server shows a kubelet ({@code CN=kube-apiserver-kubelet-client})
 * @param kubeletAuthorities who must vouch for a kubelet's serving certificate
 */
public record ServerPki(
    KeyAndCertificates serving,
    List<X509Certificate> clientAuthorities,
    KeyAndCertificates kubeletClient,
    List<X509Certificate> kubeletAuthorities) {
  /** Copies the lists. */
  public ServerPki {
    clientAuthorities = List.copyOf(clientAuthorities);
    kubeletAuthorities = List.copyOf(kubeletAuthorities);
  }
}
