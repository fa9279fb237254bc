package dev.mokha.server.webhook;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.server.http.TlsMaterial;
import dev.mokha.server.pki.Pem;
import dev.mokha.server.services.ServiceEndpoints;
import dev.mokha.server.services.ServiceEndpoints.Endpoint;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.TrustOptions;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Posts reviews to webhooks, over HTTPS alone.
 *
 * <pre>{@code
 * WebhookTarget target = WebhookTarget.of(webhook.path("clientConfig"));   // once per configuration
 * byte[] answer = client.post(target, review, Duration.ofSeconds(10), WebhookClient.MOST_BYTES);
 * }</pre>
 *
 * <p>A call blocks its (virtual) thread until the whole answer is there, or the time is up, which
 * counts from the first moment: looking the service up, connecting and reading are all within it.
 * Connections are kept and used again, per address, name and authorities. Redirects are not
 * followed: a webhook may not choose whom the server talks to. An answer is never read beyond its
 * limit. Of all that can go wrong there is one exception, {@link WebhookFailure}.
 *
 * <p>The first call starts the event loop; a server without webhooks pays nothing.
 */
public final class WebhookClient implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WebhookClient.class);

  /** Enough for a review of the largest object with a patch that replaces it. */
  public static final int MOST_BYTES = 16 << 20;

  private static final int MOST_CONNECTIONS = 64;
  private static final int MOST_WAITING = 4096;
  private static final int MOST_AUTHORITIES = 64;
  private static final int IDLE_SECONDS = 30;
  private static final int CLOSING_SECONDS = 10;
  private static final int MOST_HEADER_BYTES = 64 << 10;

  private final ServiceEndpoints services;

  /** By caBundle, the one used longest ago first. Guarded by this. */
  private final Map<String, HttpClient> clients = new LinkedHashMap<>(16, 0.75f, true);

  private Vertx vertx;
  private boolean closed;

  /** A client that finds services there. */
  public WebhookClient(ServiceEndpoints services) {
    this.services = requireNonNull(services, "services");
  }

  /**
   * Posts a review and returns the body of the answer, which was a success (2xx).
   *
   * @param body JSON
   * @param timeout for everything; also told to the webhook in the parameter {@code timeout}
   * @param mostBytes how large an answer may be
   */
  public byte[] post(WebhookTarget target, byte[] body, Duration timeout, int mostBytes)
      throws WebhookFailure {
    long deadline = System.nanoTime() + timeout.toNanos();
    String uri = withTimeout(target.path(), timeout);
    String shown = withTimeout(target.url(), timeout);
    HttpClient client = client(target.caBundle());
    for (boolean again = false; ; again = true) {
      RequestOptions options = options(target, uri, deadline);
      WebhookExchange exchange = new WebhookExchange(mostBytes);
      exchange.start(client, options, body);
      try {
        return exchange
            .answer()
            .get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        exchange.cancel();
        throw new WebhookFailure("Post \"%s\": context deadline exceeded".formatted(shown), e);
      } catch (InterruptedException e) {
        exchange.cancel();
        Thread.currentThread().interrupt();
        throw new WebhookFailure("Post \"%s\": context canceled".formatted(shown), e);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof WebhookFailure refused) {
          throw refused;
        }
        // A kept connection that the other end closed just now: it has not seen the request.
        if (again || !exchange.metAClosedConnection()) {
          throw new WebhookFailure(
              "Post \"%s\": %s".formatted(shown, TransportErrors.describe(e.getCause(), target)),
              e.getCause());
        }
      }
    }
  }

  private RequestOptions options(WebhookTarget target, String uri, long deadline)
      throws WebhookFailure {
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.POST)
            .setHost(target.host())
            .setPort(target.port())
            .setURI(uri)
            .setFollowRedirects(false)
            .setConnectTimeout(
                Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())))
            .putHeader("Content-Type", "application/json")
            .putHeader("Accept", "application/json, */*")
            .putHeader("User-Agent", "kube-apiserver-admission");
    if (target.isService()) {
      try {
        Endpoint to = services.resolve(target.namespace(), target.service(), target.port());
        options.setServer(SocketAddress.inetSocketAddress(to.port(), to.host()));
      } catch (StatusException e) {
        throw new WebhookFailure(
            e.isNotFound()
                ? "service \"%s\" not found".formatted(target.service())
                : e.getMessage(),
            e);
      }
    }
    return options;
  }

  private static String withTimeout(String uri, Duration timeout) {
    String seconds =
        timeout.toMillis() % 1000 == 0 ? timeout.toSeconds() + "s" : timeout.toMillis() + "ms";
    return uri + (uri.indexOf('?') < 0 ? "?" : "&") + "timeout=" + seconds;
  }

  private synchronized HttpClient client(String caBundle) throws WebhookFailure {
    if (closed) {
      throw new WebhookFailure("the server is shutting down");
    }
    HttpClient known = clients.get(caBundle);
    if (known != null) {
      return known;
    }
    if (vertx == null) {
      vertx =
          Vertx.vertx(
              new VertxOptions()
                  .setEventLoopPoolSize(1)
                  .setWorkerPoolSize(1)
                  .setInternalBlockingPoolSize(1));
    }
    HttpClient made =
        vertx.createHttpClient(
            tls(caBundle),
            new PoolOptions().setHttp1MaxSize(MOST_CONNECTIONS).setMaxWaitQueueSize(MOST_WAITING));
    clients.put(caBundle, made);
    if (clients.size() > MOST_AUTHORITIES) {
      // Whoever waits for an answer on it gets it first.
      var oldest = clients.entrySet().iterator();
      HttpClient unused = oldest.next().getValue();
      oldest.remove();
      unused.shutdown(IDLE_SECONDS, TimeUnit.SECONDS);
    }
    return made;
  }

  private static HttpClientOptions tls(String caBundle) throws WebhookFailure {
    HttpClientOptions options =
        new HttpClientOptions()
            .setSsl(true)
            .setVerifyHost(true)
            .setUseAlpn(false)
            .setKeepAliveTimeout(IDLE_SECONDS)
            .setMaxHeaderSize(MOST_HEADER_BYTES)
            // A small answer may unpack to a huge one.
            .setDecompressionSupported(false);
    if (!caBundle.isEmpty()) {
      try {
        List<X509Certificate> authorities = Pem.readCertificates(caBundle);
        if (authorities.isEmpty()) {
          throw new WebhookFailure("unable to load root certificates: no valid certificate data");
        }
        options.setTrustOptions(TrustOptions.wrap(TlsMaterial.trust(authorities)));
      } catch (GeneralSecurityException | IllegalArgumentException e) {
        throw new WebhookFailure(
            "unable to load root certificates: unable to parse bytes as PEM block", e);
      }
    }
    return options;
  }

  /** Ends all calls; the next ones fail. */
  @Override
  public void close() {
    Vertx toClose;
    synchronized (this) {
      closed = true;
      clients.clear();
      toClose = vertx;
      vertx = null;
    }
    if (toClose != null) {
      try {
        toClose.close().await(CLOSING_SECONDS, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        log.warn("connections to webhooks did not close in {} s", CLOSING_SECONDS, e);
      }
    }
  }
}
