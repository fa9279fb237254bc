package dev.mokha.server.authentication;

import static java.util.Objects.requireNonNull;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.naming.NamingEnumeration;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;

/**
 * Users by certificate: the common name is the user, the organizations are his groups. That the
 * chain leads to the client authority is the TLS handshake's work; that it has not expired since is
 * checked here, for a connection may outlive its certificate.
 */
public final class ClientCertificates implements Authenticator {
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

  /** The name part that upstream reads a user's uid from. */
  private static final String UID = "KUBERNETESUID";

  private static final Map<String, String> NAMES = Map.of("1.3.6.1.4.1.57683.2", UID);

  private final Clock clock;
  private final BoundedCache<X509Certificate, UserInfo> known = new BoundedCache<>(4096);

  /** Judges expiry by that clock. */
  public ClientCertificates(Clock clock) {
    this.clock = requireNonNull(clock);
  }

  @Override
  public Optional<UserInfo> authenticate(Credentials credentials) {
    if (credentials.clientCertificates().isEmpty()) {
      return Optional.empty();
    }
    X509Certificate certificate = credentials.clientCertificates().getFirst();
    if (clock.instant().isAfter(certificate.getNotAfter().toInstant())) {
      throw Unauthorized.because("the client certificate has expired");
    }
    return Optional.of(known.get(certificate, ClientCertificates::read));
  }

  private static UserInfo read(X509Certificate certificate) {
    try {
      List<String> purposes = certificate.getExtendedKeyUsage();
      if (purposes != null && !purposes.contains(CLIENT_AUTH)) {
        throw Unauthorized.because("the certificate is not one for clients");
      }
      String user = "";
      List<String> groups = new ArrayList<>();
      String uid = "";
      X500Principal subject = certificate.getSubjectX500Principal();
      // LdapName begins with the right one, which is the first in the certificate.
      for (Rdn rdn : new LdapName(subject.getName(X500Principal.RFC2253, NAMES)).getRdns()) {
        // One element of a name may have several parts, and all of them count.
        NamingEnumeration<? extends Attribute> parts = rdn.toAttributes().getAll();
        while (parts.hasMore()) {
          Attribute part = parts.next();
          NamingEnumeration<?> values = part.getAll();
          while (values.hasMore()) {
            String value = String.valueOf(values.next());
            switch (part.getID().toUpperCase(Locale.ROOT)) {
              case "CN" -> user = value;
              case "O" -> groups.add(value);
              case UID -> uid = value;
              default -> {}
            }
          }
        }
      }
      if (user.isEmpty()) {
        throw Unauthorized.because("the certificate names no user");
      }
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
      String id = "X509SHA256=" + HexFormat.of().formatHex(digest);
      UserInfo known = UserInfo.authenticated(user, groups);
      return new UserInfo(
          user,
          uid,
          known.groups(),
          Map.of("authentication.kubernetes.io/credential-id", List.of(id)));
    } catch (NamingException | GeneralSecurityException e) {
      throw Unauthorized.because("the certificate can't be read: " + e);
    }
  }
}
