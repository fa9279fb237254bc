package dev.mokha.server.http;

import dev.mokha.server.authentication.Credentials;
import io.netty.channel.EventLoop;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.http.HttpServerRequestInternal;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** What the connection of a request tells. */
final class Connections {
  private static final String BEARER = "Bearer ";

  private Connections() {}

  /** The event loop that serves the request's connection. */
  static EventLoop context(HttpServerRequest request) {
    return ((HttpServerRequestInternal) request).context().nettyEventLoop();
  }

  static Credentials credentials(HttpServerRequest request) {
    String authorization = request.getHeader("Authorization");
    String token =
        authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
            ? authorization.substring(BEARER.length()).trim()
            : WebSockets.takeToken(request);
    List<X509Certificate> certificates = certificates(request.sslSession());
    return certificates.isEmpty() && token.isEmpty()
        ? Credentials.NONE
        : new Credentials(certificates, token);
  }

  private static List<X509Certificate> certificates(SSLSession session) {
    if (session == null) {
      return List.of();
    }
    try {
      List<X509Certificate> chain = new ArrayList<>(2);
      for (Certificate c : session.getPeerCertificates()) {
        if (c instanceof X509Certificate x) {
          chain.add(x);
        }
      }
      return chain;
    } catch (SSLPeerUnverifiedException e) {
      return List.of(); // The client showed none, which is its right.
    }
  }

  static boolean isLocal(HttpServerRequest request) {
    SocketAddress remote = request.remoteAddress();
    if (remote == null || remote.hostAddress() == null) {
      return false;
    }
    return InetAddress.ofLiteral(remote.hostAddress()).isLoopbackAddress();
  }
}
