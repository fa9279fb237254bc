package dev.mokha.server.authentication;

import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What a request offers to prove who sends it.
 *
 * @param clientCertificates the chain the TLS handshake has verified against the client CA, the
 *     client's own certificate first; empty when the client showed none
 * @param bearerToken the token of the {@code Authorization} header (or of the WebSocket subprotocol
 *     {@code base64url.bearer.authorization.k8s.io.*}); empty when there is none
 */
public record Credentials(List<X509Certificate> clientCertificates, String bearerToken) {
  /** Nothing offered. */
  public static final Credentials NONE = new Credentials(List.of(), "");

  /** Copies the list. */
  public Credentials {
    clientCertificates = List.copyOf(clientCertificates);
  }

  @Override
  public String toString() {
    return "Credentials[certificates="
        + clientCertificates.size()
        + ", token="
        + (bearerToken.isEmpty() ? "none" : "present")
        + "]";
  }
}
