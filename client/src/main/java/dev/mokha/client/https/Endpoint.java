package dev.mokha.client.https;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/**
 * Where an API server is, and who we are there.
 *
 * @param server such as {@code https://127.0.0.1:6443}
 * @param tls trusts the server's CA and holds our certificate, if we have one
 * @param token gives the current bearer token; an empty one for none. It is asked at each request,
 *     since tokens are renewed
 */
public record Endpoint(URI server, SSLContext tls, Supplier<String> token) {
  /** Refuses nulls. */
  public Endpoint {
    requireNonNull(server, "server");
    requireNonNull(tls, "tls");
    requireNonNull(token, "token");
  }

  /**
   * An endpoint from PEM texts.
   *
   * @param server the server's URI
   * @param ca certificates of the CA
   * @param certificate our certificate, with its chain; empty for none
   * @param key its private key; empty for none
   * @param token bearer token; empty for none
   */
  public static Endpoint of(URI server, String ca, String certificate, String key, String token) {
    return new Endpoint(server, Pem.sslContext(ca, certificate, key), () -> token);
  }
}
