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
 * @param frontProxyClient what the server shows extension servers ({@code CN=front-proxy-client})
 * @param frontProxyAuthorities who may vouch for proxies that name their users in headers
 */
public record ServerPki(
    KeyAndCertificates serving,
    List<X509Certificate> clientAuthorities,
    KeyAndCertificates kubeletClient,
    List<X509Certificate> kubeletAuthorities,
    KeyAndCertificates frontProxyClient,
    List<X509Certificate> frontProxyAuthorities) {
  /** Copies the lists. */
  public ServerPki {
    clientAuthorities = List.copyOf(clientAuthorities);
    kubeletAuthorities = List.copyOf(kubeletAuthorities);
    frontProxyAuthorities = List.copyOf(frontProxyAuthorities);
  }
}
