package dev.mokha.server.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.pki.ServerPki;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.ConnectOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.TrustOptions;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes a request on and its answer back, byte by byte. An upgrade (WebSocket, SPDY) is passed on
 * as it is: both ends speak for themselves, nothing in between understands them.
 */
final class TunnelProxy {
  private static final Logger log = LoggerFactory.getLogger(TunnelProxy.class);
  private static final int CONNECT_MILLIS = 10_000;
  private static final int MOST_CONNECTIONS = 4096;
  private static final int MOST_REFUSAL_BYTES = 1 << 20;

  /** What the client said to us alone, and what the transport says (RFC 9110 section 7.6.1). */
  private static final Set<String> NOT_PASSED_ON =
      Set.of("authorization", "host", "keep-alive", "te", "trailer", "proxy-connection");

  private final NetClient kubeletSockets;
  private final NetClient plainSockets;
  private final NetClient anyTlsSockets;
  private final HttpClient kubelets;
  private final HttpClient plain;
  private final HttpClient anyTls;

  TunnelProxy(Vertx vertx, Supplier<ServerPki> pki) {
    requireNonNull(pki, "pki");
    PoolOptions pool =
        new PoolOptions().setHttp1MaxSize(MOST_CONNECTIONS).setMaxWaitQueueSize(MOST_CONNECTIONS);
    kubelets =
        vertx.createHttpClient(
            options()
                .setSsl(true)
                .setKeyCertOptions(
                    KeyCertOptions.wrap(TlsMaterial.keys(() -> pki.get().kubeletClient())))
                .setTrustOptions(
                    TrustOptions.wrap(TlsMaterial.trust(pki.get().kubeletAuthorities()))),
            pool);
    kubeletSockets =
        vertx.createNetClient(
            sockets()
                .setSsl(true)
                .setHostnameVerificationAlgorithm("HTTPS")
                .setKeyCertOptions(
                    KeyCertOptions.wrap(TlsMaterial.keys(() -> pki.get().kubeletClient())))
                .setTrustOptions(
                    TrustOptions.wrap(TlsMaterial.trust(pki.get().kubeletAuthorities()))));
    plainSockets = vertx.createNetClient(sockets());
    anyTlsSockets =
        vertx.createNetClient(
            sockets().setSsl(true).setTrustAll(true).setHostnameVerificationAlgorithm(""));
    plain = vertx.createHttpClient(options(), pool);
    // Behind pods/https:NAME/proxy is any certificate; upstream does not check it either.
    anyTls =
        vertx.createHttpClient(options().setSsl(true).setTrustAll(true).setVerifyHost(false), pool);
  }

  private static NetClientOptions sockets() {
    return new NetClientOptions().setConnectTimeout(CONNECT_MILLIS).setTcpNoDelay(true);
  }

  private static HttpClientOptions options() {
    return new HttpClientOptions()
        .setConnectTimeout(CONNECT_MILLIS)
        .setKeepAliveTimeout(30)
        .setDecompressionSupported(false);
  }

  /**
   * Passes the request on to a kubelet, a pod or a service.
   *
   * @param done called when it is over; perhaps twice
   */
  void forward(
      HttpServerRequest request,
      Answer.Tunnel to,
      boolean toKubelet,
      Accept accept,
      Runnable done) {
    forward(
        request,
        new FarEnd(
            !to.tls() ? plain : toKubelet ? kubelets : anyTls,
            !to.tls() ? plainSockets : toKubelet ? kubeletSockets : anyTlsSockets,
            to.tls(),
            SocketAddress.inetSocketAddress(to.port(), to.host()),
            to.host(),
            to.path(),
            // A kubelet takes GET as well as POST; GET is what WebSocket needs.
            "GET",
            MultiMap.caseInsensitiveMultiMap(),
            e -> Replies.of(unreachable(to, e), accept),
            done));
  }

  private static StatusException unreachable(Answer.Tunnel to, Throwable cause) {
    return new StatusException(
        StatusReason.INTERNAL_ERROR,
        "error dialing backend: %s:%d: %s".formatted(to.host(), to.port(), cause.getMessage()),
        StatusException.Details.NONE);
  }

  /** Passes the request on. */
  static void forward(HttpServerRequest request, FarEnd to) {
    if (isUpgrade(request)) {
      request.resume();
      to.sockets()
          .connect(
              new ConnectOptions()
                  .setRemoteAddress(to.address())
                  .setHost(to.host())
                  .setSsl(to.tls())
                  .setSniServerName(sni(to.host())))
          .onFailure(e -> fail(request, to, e))
          .onSuccess(far -> upgrade(request, to, far));
      return;
    }
    request.pause(); // Its body shall not come before there is someone to take it.
    RequestOptions options =
        new RequestOptions()
            .setMethod(request.method())
            .setServer(unnamed(to.address()))
            .setHost(to.host())
            .setPort(to.address().port())
            .setURI(to.uri());
    to.http()
        .request(options)
        .onFailure(e -> fail(request, to, e))
        .onSuccess(
            out -> {
              copy(request.headers(), out.headers(), false);
              out.headers().addAll(to.headers());
              stream(request, to, out);
            });
  }

  /** The client for HTTP would look the name up, though the address is known. */
  private static SocketAddress unnamed(SocketAddress address) {
    return address.hostAddress() == null
        ? address
        : SocketAddress.inetSocketAddress(address.port(), address.hostAddress());
  }

  /** An address is no name that TLS could indicate (RFC 6066 section 3). */
  private static String sni(String host) {
    return host.indexOf(':') >= 0 || host.matches("[0-9.]+") ? null : host;
  }

  private static boolean isUpgrade(HttpServerRequest request) {
    String connection = request.getHeader("Connection");
    return connection != null
        && connection.toLowerCase(Locale.ROOT).contains("upgrade")
        && request.headers().contains("Upgrade");
  }

  private static void copy(MultiMap from, MultiMap to, boolean upgrade) {
    for (Map.Entry<String, String> header : from) {
      String name = header.getKey().toLowerCase(Locale.ROOT);
      boolean transport =
          name.equals("connection") || name.equals("upgrade") || name.equals("transfer-encoding");
      if (!NOT_PASSED_ON.contains(name)
          && !name.startsWith(":")
          && !name.startsWith("impersonate-")
          && !name.startsWith("x-mokha-")
          && !name.startsWith("x-remote-")
          && (upgrade || !transport)) {
        to.add(header.getKey(), header.getValue());
      }
    }
  }

  /** Sends the request's head as it came and waits for the head of the answer. */
  private static void upgrade(HttpServerRequest request, FarEnd to, NetSocket far) {
    MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    copy(request.headers(), headers, true);
    headers.addAll(to.headers());
    StringBuilder head = new StringBuilder();
    head.append(to.upgradeMethod()).append(' ').append(to.uri()).append(" HTTP/1.1\r\n");
    head.append("Host: ").append(to.host()).append(':').append(to.address().port());
    head.append("\r\n");
    for (Map.Entry<String, String> h : headers) {
      head.append(h.getKey()).append(": ").append(h.getValue()).append("\r\n");
    }
    Buffer received = Buffer.buffer();
    far.closeHandler(v -> fail(request, to, new IOException("it closed the connection")));
    far.handler(
        part -> {
          received.appendBuffer(part);
          try {
            UpgradeHead answer = UpgradeHead.read(received);
            if (answer != null) {
              far.pause();
              far.closeHandler(null);
              request.response().setStatusCode(answer.status());
              to.done().run();
              answered(request, far, answer);
            }
          } catch (IllegalArgumentException e) {
            far.closeHandler(null);
            far.close();
            fail(request, to, e);
          }
        });
    far.write(Buffer.buffer(head.append("\r\n").toString(), "ISO-8859-1"));
  }

  private static void answered(HttpServerRequest request, NetSocket far, UpgradeHead answer) {
    HttpServerResponse response = request.response();
    if (answer.status() != 101) {
      refused(response, far, answer);
      return;
    }
    copy(answer.headers(), response.headers(), true);
    request
        .toNetSocket()
        .onFailure(
            e -> {
              log.debug("the client went away before the upgrade", e);
              far.close();
            })
        .onSuccess(
            near -> {
              if (answer.rest().length() > 0) {
                near.write(answer.rest());
              }
              join(near, far);
            });
  }

  /** The other end did not want to: its answer goes to the client, until it closes. */
  private static void refused(HttpServerResponse response, NetSocket far, UpgradeHead answer) {
    response.setStatusCode(answer.status());
    copy(answer.headers(), response.headers(), false);
    String told = answer.headers().get("Content-Length");
    int length = told == null ? -1 : Integer.parseInt(told);
    if (length < 0) {
      response.headers().remove("Content-Length");
      response.setChunked(true);
    }
    Buffer body = Buffer.buffer().appendBuffer(answer.rest());
    Runnable end =
        () -> {
          if (!response.ended()) {
            response.end(body);
          }
          far.close();
        };
    if (length >= 0 && body.length() >= length) {
      end.run();
      return;
    }
    far.handler(
        part -> {
          body.appendBuffer(part);
          if ((length >= 0 && body.length() >= length) || body.length() > MOST_REFUSAL_BYTES) {
            end.run();
          }
        });
    far.closeHandler(v -> end.run());
    far.resume();
  }

  private static void join(NetSocket near, NetSocket far) {
    near.exceptionHandler(e -> far.close());
    far.exceptionHandler(e -> near.close());
    near.pipeTo(far).onComplete(done -> far.close());
    far.pipeTo(near).onComplete(done -> near.close());
  }

  private static void stream(HttpServerRequest request, FarEnd to, HttpClientRequest out) {
    if (hasBody(request)) {
      if (!request.headers().contains("Content-Length")) {
        out.setChunked(true);
      }
      out.send(request).onFailure(e -> fail(request, to, e)).onSuccess(in -> back(request, to, in));
    } else {
      request.resume();
      out.send().onFailure(e -> fail(request, to, e)).onSuccess(in -> back(request, to, in));
    }
  }

  private static boolean hasBody(HttpServerRequest request) {
    if (request.headers().contains("Content-Length")
        || request.headers().contains("Transfer-Encoding")) {
      return true;
    }
    // HTTP/2 need not tell of a body before it comes.
    return request.version() == HttpVersion.HTTP_2
        && Set.of("POST", "PUT", "PATCH").contains(request.method().name());
  }

  private static void back(HttpServerRequest request, FarEnd to, HttpClientResponse in) {
    HttpServerResponse response = request.response();
    response.setStatusCode(in.statusCode());
    copy(in.headers(), response.headers(), false);
    if (!in.headers().contains("Content-Length")) {
      response.setChunked(true);
      // Whoever follows a log wants to see that it has begun.
      response.writeHead();
    }
    response.closeHandler(v -> in.request().reset());
    in.pipeTo(response).onFailure(e -> response.reset()).onComplete(v -> to.done().run());
  }

  private static void fail(HttpServerRequest request, FarEnd to, Throwable cause) {
    if (request.response().headWritten()) {
      to.done().run();
      request.response().reset();
      return;
    }
    Reply reply = to.unreachable().apply(cause);
    request.response().setStatusCode(reply.code()); // Whoever hears that it is over looks there.
    to.done().run();
    request.resume();
    Replies.send(request, reply);
  }
}
