package dev.mokha.server.webhook;

import dev.mokha.server.http.TlsMaterial;
import dev.mokha.server.pki.CertificateAuthority;
import dev.mokha.server.pki.Pem;
import dev.mokha.server.pki.Subject;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.KeyCertOptions;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

/** A webhook's server, with a certificate of its own authority, that does as a test tells it. */
public final class WebhookServer implements AutoCloseable {
  private final CertificateAuthority authority;
  private final Vertx vertx = Vertx.vertx();
  private final int port;
  private final Set<Object> connections = ConcurrentHashMap.newKeySet();
  private final AtomicInteger calls = new AtomicInteger();
  private volatile BiConsumer<HttpServerRequest, byte[]> handler;

  /**
   * A server on a free port of the loopback interface.
   *
   * @param names what its certificate is valid for
   * @param handler takes each request with its whole body
   */
  public WebhookServer(List<String> names, BiConsumer<HttpServerRequest, byte[]> handler)
      throws GeneralSecurityException, TimeoutException {
    this.handler = handler;
    authority = CertificateAuthority.create("webhooks", Duration.ofHours(1), Clock.systemUTC());
    var identity =
        authority.issue(Subject.server("webhook", names, List.of()), Duration.ofHours(1));
    port =
        vertx
            .createHttpServer(
                new HttpServerOptions()
                    .setSsl(true)
                    .setKeyCertOptions(KeyCertOptions.wrap(TlsMaterial.keys(identity))))
            .requestHandler(
                r -> {
                  connections.add(r.connection());
                  calls.incrementAndGet();
                  r.body().onSuccess(b -> this.handler.accept(r, b.getBytes()));
                })
            .listen(0, "127.0.0.1")
            .await(10, TimeUnit.SECONDS)
            .actualPort();
  }

  /** From now on does that. */
  public void handle(BiConsumer<HttpServerRequest, byte[]> other) {
    handler = other;
  }

  /** Where it listens. */
  public int port() {
    return port;
  }

  /** How many calls came. */
  public int calls() {
    return calls.get();
  }

  /** How many connections were made. */
  public int connections() {
    return connections.size();
  }

  /** Its authority's certificate as a {@code caBundle} has it. */
  public String caBundle() {
    return Base64.getEncoder().encodeToString(caPem().getBytes(StandardCharsets.US_ASCII));
  }

  /** Its authority's certificate. */
  public String caPem() {
    try {
      return Pem.certificates(List.of(authority.certificate()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws TimeoutException {
    vertx.close().await(10, TimeUnit.SECONDS);
  }
}
