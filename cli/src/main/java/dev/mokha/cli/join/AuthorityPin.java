package dev.mokha.cli.join;

import static java.util.Objects.requireNonNull;

import dev.mokha.cli.UserError;
import dev.mokha.server.pki.Pem;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * The hash of a CA's public key (RFC 7469, section 2.4; as kubeadm's {@code
 * discovery-token-ca-cert-hash}): with it a machine that knows nothing else finds the cluster's CA,
 * and nobody in between can show it another one.
 *
 * @param text {@code sha256:} and 64 hexadecimal digits
 */
public record AuthorityPin(String text) {
  private static final int TIMEOUT_MILLIS = 10_000;

  /** Refuses what is no hash. */
  public AuthorityPin {
    text = requireNonNull(text, "text").toLowerCase(Locale.ROOT);
    if (!text.matches("sha256:[0-9a-f]{64}")) {
      throw new UserError(
          "the hash of the CA is sha256: and 64 hexadecimal digits, such as the one that mokha"
              + " token create prints");
    }
  }

  /** The pin of a certificate. */
  public static AuthorityPin of(Certificate certificate) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(certificate.getPublicKey().getEncoded());
      return new AuthorityPin("sha256:" + HexFormat.of().formatHex(hash));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /**
   * Asks a server for its certificates, and picks the CA that this is the pin of. Nothing is sent
   * but the handshake.
   *
   * @return the CA's certificate in PEM
   * @throws UserError when the server can't be reached, or is not one of that CA
   */
  public String discover(URI server) {
    AtomicReference<X509Certificate> found = new AtomicReference<>();
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new Picker(this, found)}, null);
      try (Socket plain = new Socket()) {
        plain.connect(new InetSocketAddress(server.getHost(), server.getPort()), TIMEOUT_MILLIS);
        plain.setSoTimeout(TIMEOUT_MILLIS);
        try (SSLSocket tls =
            (SSLSocket)
                context
                    .getSocketFactory()
                    .createSocket(plain, server.getHost(), server.getPort(), true)) {
          tls.startHandshake();
        }
      }
      return Pem.certificates(List.of(found.get()));
    } catch (IOException | GeneralSecurityException e) {
      if (e.getCause() instanceof WrongAuthority) {
        throw new UserError(
            "the server at %s is not of the CA with that hash: the hash is wrong, or somebody stands in between"
                .formatted(server));
      }
      throw new UserError(
          "the server at %s can't be reached: %s; is its address right, and does mokha up --listen let other machines in?"
              .formatted(server, e.getMessage()));
    }
  }

  /** The handshake ends here. */
  private static final class WrongAuthority extends CertificateException {
    private static final long serialVersionUID = 1L;

    WrongAuthority(String message) {
      super(message);
    }
  }

  /** Trusts a chain that the pinned CA has signed. */
  private static final class Picker extends X509ExtendedTrustManager {
    private final AuthorityPin pin;
    private final AtomicReference<X509Certificate> found;

    Picker(AuthorityPin pin, AtomicReference<X509Certificate> found) {
      this.pin = pin;
      this.found = found;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      for (X509Certificate authority : chain) {
        if (!of(authority).equals(pin)) {
          continue;
        }
        try {
          authority.checkValidity();
          authority.verify(authority.getPublicKey());
          chain[0].verify(authority.getPublicKey());
          chain[0].checkValidity();
          found.set(authority);
          return;
        } catch (GeneralSecurityException e) {
          throw new WrongAuthority("the pinned CA has not signed the server's certificate");
        }
      }
      throw new WrongAuthority("no certificate of the server's has that hash");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      checkServerTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      checkServerTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("there are no clients here");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      throw new CertificateException("there are no clients here");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      throw new CertificateException("there are no clients here");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
