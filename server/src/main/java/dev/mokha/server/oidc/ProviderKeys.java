package dev.mokha.server.oidc;

import static java.util.Objects.requireNonNull;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import dev.mokha.api.object.Json;
import dev.mokha.server.http.TlsMaterial;
import dev.mokha.server.oidc.OidcConfig.Provider;
import dev.mokha.server.pki.Pem;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A provider's present keys (OpenID Connect Discovery 1.0, RFC 7517). A thread fetches them: at
 * first until it succeeds, then every hour, and soon after a token with an unknown key was seen,
 * though not more often than every ten seconds. Whoever asks for a key never waits.
 */
final class ProviderKeys implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ProviderKeys.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Duration EVERY = Duration.ofHours(1);
  private static final Duration PAUSE = Duration.ofSeconds(10);
  private static final int MOST_BYTES = 1 << 20;

  private final Provider provider;
  private final HttpClient client;
  private final Semaphore wanted = new Semaphore(0);
  private final Thread thread;
  private volatile List<JWK> keys = List.of();

  ProviderKeys(Provider provider) {
    this.provider = requireNonNull(provider);
    HttpClient.Builder builder =
        HttpClient.newBuilder().connectTimeout(TIMEOUT).followRedirects(HttpClient.Redirect.NEVER);
    if (!provider.authorityPem().isEmpty()) {
      builder.sslContext(trusting(provider.authorityPem()));
    }
    this.client = builder.build();
    this.thread = Thread.ofVirtual().name("oidc-keys").start(this::follow);
  }

  private static SSLContext trusting(String pem) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {TlsMaterial.trust(Pem.readCertificates(pem))}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "the certificateAuthority of an issuer can't be read: " + e.getMessage(), e);
    }
  }

  /** The key of that id; when there is none, it is looked for soon. */
  JWK find(String id) {
    for (JWK key : keys) {
      // A provider with one key need not name it.
      if (id == null ? keys.size() == 1 : id.equals(key.getKeyID())) {
        return key;
      }
    }
    if (wanted.availablePermits() == 0) {
      wanted.release();
    }
    return null;
  }

  private void follow() {
    boolean failing = false;
    try {
      while (true) {
        try {
          keys = fetch();
          failing = false;
        } catch (IOException | ParseException | RuntimeException e) {
          if (!failing) {
            log.warn("the keys of {} can't be fetched: {}", provider.issuer(), e.toString());
          }
          failing = true;
        }
        Thread.sleep(PAUSE);
        boolean asked =
            failing || wanted.tryAcquire(EVERY.minus(PAUSE).toMillis(), TimeUnit.MILLISECONDS);
        if (asked) {
          wanted.drainPermits();
        }
      }
    } catch (InterruptedException e) {
      // Closed.
    }
  }

  private List<JWK> fetch() throws IOException, ParseException, InterruptedException {
    JsonNode document = json(get(provider.discoveryUrl()));
    String issuer = document.path("issuer").asString("");
    if (!issuer.equals(provider.issuer())) {
      throw new IOException(
          "the provider calls itself \"%s\", not \"%s\"".formatted(issuer, provider.issuer()));
    }
    String jwks = document.path("jwks_uri").asString("");
    if (!jwks.startsWith("https://")) {
      throw new IOException("its jwks_uri is no https URL: " + jwks);
    }
    return JWKSet.parse(get(jwks)).getKeys();
  }

  private static JsonNode json(String text) throws IOException {
    try {
      return Json.MAPPER.readTree(text);
    } catch (JacksonException e) {
      throw new IOException("its configuration is no JSON", e);
    }
  }

  private String get(String url) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(url)).timeout(TIMEOUT).build();
    HttpResponse<InputStream> response =
        client.send(request, HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream body = response.body()) {
      if (response.statusCode() != 200) {
        throw new IOException(url + " answers with " + response.statusCode());
      }
      byte[] bytes = body.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        throw new IOException(url + " answers with more than a megabyte");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    client.shutdownNow();
  }
}
