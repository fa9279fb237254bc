package dev.mokha.server.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.server.aggregation.ApiService.Backend;
import dev.mokha.server.aggregation.ApiService.Trust;
import dev.mokha.server.aggregation.ExtensionServers;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.pki.Pem;
import dev.mokha.server.pki.ServerPki;
import dev.mokha.server.services.ServiceEndpoints.Endpoint;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.TrustOptions;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Connections to extension servers. To each the server shows its front-proxy certificate, which is
 * what makes them believe the user it names in headers.
 */
final class ExtensionClients implements ExtensionServers {
  private static final int CONNECT_MILLIS = 5_000;
  private static final int MOST_CONNECTIONS = 1024;
  private static final int IDLE_SECONDS = 30;

  private final Vertx vertx;
  private final Supplier<ServerPki> pki;
  private final Map<Trust, Clients> clients = new ConcurrentHashMap<>();

  /** Both kinds of connections for one way to check the other end's certificate. */
  record Clients(HttpClient http, NetClient sockets) {}

  ExtensionClients(Vertx vertx, Supplier<ServerPki> pki) {
    this.vertx = requireNonNull(vertx, "vertx");
    this.pki = requireNonNull(pki, "pki");
  }

  /**
   * The connections to a server.
   *
   * @throws IllegalArgumentException when its authorities can't be used
   */
  Clients of(Backend server) {
    return clients.computeIfAbsent(server.trust(), this::make);
  }

  private Clients make(Trust trust) {
    KeyCertOptions keys = KeyCertOptions.wrap(TlsMaterial.keys(() -> pki.get().frontProxyClient()));
    HttpClientOptions http =
        new HttpClientOptions()
            .setConnectTimeout(CONNECT_MILLIS)
            .setKeepAliveTimeout(IDLE_SECONDS)
            .setDecompressionSupported(false)
            .setSsl(true)
            .setKeyCertOptions(keys)
            .setTrustAll(trust.anything())
            .setVerifyHost(!trust.anything());
    NetClientOptions sockets =
        new NetClientOptions()
            .setConnectTimeout(CONNECT_MILLIS)
            .setTcpNoDelay(true)
            .setSsl(true)
            .setKeyCertOptions(keys)
            .setTrustAll(trust.anything())
            .setHostnameVerificationAlgorithm(trust.anything() ? "" : "HTTPS");
    if (!trust.anything() && !trust.authorities().isEmpty()) {
      TrustOptions authorities = TrustOptions.wrap(TlsMaterial.trust(authorities(trust)));
      http.setTrustOptions(authorities);
      sockets.setTrustOptions(authorities);
    }
    return new Clients(
        vertx.createHttpClient(
            http,
            new PoolOptions()
                .setHttp1MaxSize(MOST_CONNECTIONS)
                .setMaxWaitQueueSize(MOST_CONNECTIONS)),
        vertx.createNetClient(sockets));
  }

  private static List<X509Certificate> authorities(Trust trust) {
    try {
      List<X509Certificate> all = Pem.readCertificates(trust.authorities());
      if (all.isEmpty()) {
        throw new IllegalArgumentException("the caBundle holds no certificate");
      }
      return all;
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("the caBundle can't be read: " + e.getMessage(), e);
    }
  }

  @Override
  public void keepOnly(Set<Trust> trusts) {
    clients.forEach(
        (trust, c) -> {
          if (!trusts.contains(trust) && clients.remove(trust, c)) {
            // Requests that are under way may end.
            c.http.shutdown(IDLE_SECONDS, TimeUnit.SECONDS);
            c.sockets.shutdown(IDLE_SECONDS, TimeUnit.SECONDS);
          }
        });
  }

  @Override
  public Document read(Backend server, Endpoint at, Wish wish)
      throws IOException, InterruptedException {
    CompletableFuture<Document> answer = new CompletableFuture<>();
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.GET)
            .setServer(SocketAddress.inetSocketAddress(at.port(), at.host()))
            .setHost(server.hostName())
            .setPort(at.port())
            .setURI(wish.path())
            .putHeader("Accept", wish.accept());
    if (!wish.etag().isEmpty()) {
      options.putHeader("If-None-Match", wish.etag());
    }
    MultiMap user = MultiMap.caseInsensitiveMultiMap();
    name(UserInfo.authenticated(USER, List.of(UserInfo.MASTERS)), user);
    user.forEach(h -> options.addHeader(h.getKey(), h.getValue()));
    HttpClient client;
    try {
      client = of(server).http;
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
    client
        .request(options)
        .onFailure(answer::completeExceptionally)
        .onSuccess(
            out -> {
              // Whoever waits no longer wants no answer any more.
              answer.whenComplete(
                  (d, e) -> {
                    if (e != null) {
                      out.reset();
                    }
                  });
              out.send()
                  .onFailure(answer::completeExceptionally)
                  .onSuccess(in -> collect(out, in, wish.mostBytes(), answer));
            });
    try {
      return answer.get(wish.patience().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      answer.completeExceptionally(e);
      throw new IOException("no answer in " + wish.patience().toSeconds() + " s", e);
    } catch (ExecutionException e) {
      throw new IOException(String.valueOf(e.getCause().getMessage()), e.getCause());
    }
  }

  private static void collect(
      HttpClientRequest out,
      HttpClientResponse in,
      int mostBytes,
      CompletableFuture<Document> answer) {
    Buffer body = Buffer.buffer();
    in.handler(
        part -> {
          if (body.length() + part.length() > mostBytes) {
            in.handler(null);
            answer.completeExceptionally(
                new IOException("the answer is larger than " + mostBytes + " bytes"));
          } else {
            body.appendBuffer(part);
          }
        });
    in.exceptionHandler(answer::completeExceptionally);
    String etag = in.getHeader("ETag");
    in.endHandler(
        v ->
            answer.complete(
                new Document(in.statusCode(), etag == null ? "" : etag, body.getBytes())));
  }

  /** Says in headers for whom a request is made. */
  static void name(UserInfo user, MultiMap headers) {
    headers.add("X-Remote-User", user.name());
    if (!user.uid().isEmpty()) {
      headers.add("X-Remote-Uid", user.uid());
    }
    user.groups().forEach(g -> headers.add("X-Remote-Group", g));
    user.extra()
        .forEach(
            (key, values) -> {
              String name = "X-Remote-Extra-" + headerName(key);
              values.forEach(v -> headers.add(name, v));
            });
  }

  /** Keys may hold what header names may not. */
  private static String headerName(String key) {
    return URLEncoder.encode(key.toLowerCase(Locale.ROOT), StandardCharsets.UTF_8)
        .replace("+", "%20");
  }
}
