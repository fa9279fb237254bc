package dev.mokha.server.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.server.aggregation.Aggregator;
import dev.mokha.server.aggregation.ApiDirectory;
import dev.mokha.server.aggregation.ApiService;
import dev.mokha.server.aggregation.ApiService.Backend;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.services.ServiceEndpoints.Endpoint;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * Passes requests on to extension servers, in the name of whoever sent them. All that is done to a
 * request before, from authentication to authorization, has been done when it comes here.
 */
final class AggregatedRequests {
  private final Aggregator aggregator;
  private final ExtensionClients clients;

  AggregatedRequests(Aggregator aggregator, ExtensionClients clients) {
    this.aggregator = requireNonNull(aggregator, "aggregator");
    this.clients = requireNonNull(clients, "clients");
  }

  /** Who answers for a group and version if not this server; null when it does. */
  ApiService find(String group, String version) {
    ApiDirectory directory = aggregator.directory();
    return directory.allLocal() ? null : directory.remote(group, version);
  }

  /** The same, for a path that is no resource: {@code /apis/GROUP/VERSION} alone. */
  ApiService find(String path) {
    ApiDirectory directory = aggregator.directory();
    if (directory.allLocal() || !path.startsWith("/apis/")) {
      return null;
    }
    String[] p = path.split("/");
    return p.length == 4 ? directory.remote(p[2], p[3]) : null;
  }

  /**
   * Passes a request on.
   *
   * @param done called when it is over
   */
  void forward(HttpServerRequest request, ApiService api, UserInfo user, Runnable done) {
    Backend backend = api.service().orElseThrow();
    if (!api.availability().available()) {
      unavailable(request, done);
      return;
    }
    Endpoint at;
    ExtensionClients.Clients to;
    try {
      at = aggregator.resolve(backend);
      to = clients.of(backend);
    } catch (StatusException | IllegalArgumentException e) {
      unavailable(request, done);
      return;
    }
    MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    ExtensionClients.name(user, headers);
    SocketAddress remote = request.remoteAddress();
    if (remote != null && remote.hostAddress() != null) {
      headers.add("X-Forwarded-For", remote.hostAddress());
    }
    TunnelProxy.forward(
        request,
        new FarEnd(
            to.http(),
            to.sockets(),
            true,
            named(at, backend.hostName()),
            backend.hostName(),
            request.uri(),
            UpgradeByPost.method(request),
            headers,
            e -> Reply.text(503, "error trying to reach service: " + e.getMessage() + "\n"),
            done));
  }

  /** The endpoint under the name that its certificate must have. */
  private static SocketAddress named(Endpoint at, String name) {
    try {
      InetAddress ip = InetAddress.ofLiteral(at.host());
      return SocketAddress.inetSocketAddress(
          new InetSocketAddress(InetAddress.getByAddress(name, ip.getAddress()), at.port()));
    } catch (IllegalArgumentException | UnknownHostException e) {
      return SocketAddress.inetSocketAddress(at.port(), at.host());
    }
  }

  private static void unavailable(HttpServerRequest request, Runnable done) {
    request.response().setStatusCode(503); // Whoever hears that it is over looks there.
    done.run();
    request.resume();
    Replies.send(request, Reply.text(503, "service unavailable\n"));
  }
}
