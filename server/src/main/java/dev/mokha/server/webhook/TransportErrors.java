package dev.mokha.server.webhook;

import io.netty.channel.ConnectTimeoutException;
import io.vertx.core.http.HttpClosedException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import javax.net.ssl.SSLException;

/** What went wrong on the way to a webhook, in the words that operators search for. */
final class TransportErrors {
  private static final String X509 = "tls: failed to verify certificate: x509: ";
  private static final int MOST_SHOWN = 512;

  private TransportErrors() {}

  static String describe(Throwable error, WebhookTarget target) {
    for (Throwable e = error; e != null; e = e.getCause()) {
      String known = known(e, target);
      if (!known.isEmpty()) {
        return known;
      }
    }
    if (error instanceof SSLException) {
      return "tls: " + text(error);
    }
    return text(error).isEmpty() ? error.getClass().getSimpleName() : text(error);
  }

  private static String known(Throwable e, WebhookTarget target) {
    String text = text(e);
    return switch (e) {
      case UnknownHostException _ -> "dial tcp: lookup %s: no such host".formatted(target.host());
      case NoRouteToHostException _ -> "dial tcp: connect: no route to host";
      case ConnectTimeoutException _ -> "dial tcp: i/o timeout";
      case ConnectException _ -> "dial tcp: connect: connection refused";
      case HttpClosedException _ -> "EOF";
      case CertificateExpiredException _, CertificateNotYetValidException _ ->
          X509 + "certificate has expired or is not yet valid";
      case CertificateException _ when text.startsWith("No ") ->
          X509 + "certificate is not valid for " + target.host();
      case CertificateException _ when e.getCause() == null -> X509 + text;
      default ->
          text.contains("unable to find valid certification path")
                  || text.contains("Path does not chain")
              ? X509 + "certificate signed by unknown authority"
              : "";
    };
  }

  private static String text(Throwable e) {
    return e.getMessage() == null ? "" : e.getMessage();
  }

  /** What an answer means that is not a success. */
  static String describe(int code, String body) {
    return switch (code) {
      case 400 -> "the server rejected our request for an unknown reason";
      case 401 -> "the server has asked for the client to provide credentials";
      case 404 -> "the server could not find the requested resource";
      case 405 -> "the server does not allow this method on the requested resource";
      case 409 -> "the server reported a conflict";
      case 422 -> "the server rejected our request due to an error in our request";
      case 429 -> "the server has received too many requests and has asked us to try again later";
      case 503 -> "the server is currently unable to handle the request";
      case 504 ->
          "the server was unable to return a response in the time allotted, but may still be"
              + " processing the request";
      default ->
          code >= 500
              ? "an error on the server (\"%s\") has prevented the request from succeeding"
                  .formatted(shortened(body))
              : code >= 300 && code < 400
                  ? "it answered with a redirect (%d), which is not followed".formatted(code)
                  : "the server responded with the status code %d but did not return more information"
                      .formatted(code);
    };
  }

  private static String shortened(String body) {
    String text = body.strip();
    if (text.isEmpty()) {
      return "unknown";
    }
    return text.length() <= MOST_SHOWN ? text : text.substring(0, MOST_SHOWN) + "...";
  }
}
