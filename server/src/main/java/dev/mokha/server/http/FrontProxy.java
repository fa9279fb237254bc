package dev.mokha.server.http;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.pki.ClusterPki;
import dev.mokha.server.pki.ServerPki;
import io.vertx.core.http.HttpServerRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * Proxies that have authenticated their users themselves and name them in headers ({@code
 * X-Remote-User}, {@code -Uid}, {@code -Group}, {@code -Extra-*}). They are believed when they show
 * a certificate of the front-proxy authority; from anybody else such headers mean nothing.
 */
final class FrontProxy {
  private static final String EXTRA = "x-remote-extra-";

  private final List<X509Certificate> authorities;

  FrontProxy(ServerPki pki) {
    this.authorities = pki.frontProxyAuthorities();
  }

  /** True when the certificate was issued by the front-proxy authority. */
  boolean vouchesFor(X509Certificate certificate) {
    for (X509Certificate authority : authorities) {
      if (certificate.getIssuerX500Principal().equals(authority.getSubjectX500Principal())) {
        try {
          certificate.verify(authority.getPublicKey());
          return true;
        } catch (GeneralSecurityException e) {
          continue; // Another authority of the same name.
        }
      }
    }
    return false;
  }

  /**
   * The user whom a proxy speaks for.
   *
   * @throws StatusException {@code Unauthorized} when the certificate is not of a proxy that is
   *     allowed, or names no user
   */
  static UserInfo user(X509Certificate proxy, HttpServerRequest request) {
    String name = request.getHeader("X-Remote-User");
    if (!ClusterPki.FRONT_PROXY.equals(commonName(proxy)) || name == null || name.isEmpty()) {
      throw new StatusException(
          StatusReason.UNAUTHORIZED, "Unauthorized", StatusException.Details.NONE);
    }
    String uid = request.getHeader("X-Remote-Uid");
    Map<String, List<String>> extra = new HashMap<>();
    for (Map.Entry<String, String> header : request.headers()) {
      String key = header.getKey().toLowerCase(Locale.ROOT);
      if (key.startsWith(EXTRA)) {
        extra
            .computeIfAbsent(decoded(key.substring(EXTRA.length())), k -> new ArrayList<>(1))
            .add(header.getValue());
      }
    }
    UserInfo plain = UserInfo.authenticated(name, request.headers().getAll("X-Remote-Group"));
    return new UserInfo(name, uid == null ? "" : uid, plain.groups(), extra);
  }

  private static String decoded(String key) {
    try {
      return URLDecoder.decode(key.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return key;
    }
  }

  private static String commonName(X509Certificate certificate) {
    try {
      for (Rdn rdn : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
        if (rdn.getType().equalsIgnoreCase("CN")) {
          return String.valueOf(rdn.getValue());
        }
      }
      return "";
    } catch (InvalidNameException e) {
      return "";
    }
  }
}
