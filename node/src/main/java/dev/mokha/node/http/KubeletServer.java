package dev.mokha.node.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.client.ApiClient;
import dev.mokha.node.NodeConfig;
import dev.mokha.node.lifecycle.PodWorkers;
import dev.mokha.node.pod.BoundPod;
import dev.mokha.node.streaming.PortForwarder;
import dev.mokha.node.streaming.WebSocketStreams;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The kubelet's HTTPS API. Each request runs on a virtual thread of its own: authenticate,
 * authorize, route.
 */
public final class KubeletServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(KubeletServer.class);
  private static final int MOST_MESSAGE = 16 << 20;

  private final NodeConfig config;
  private final PodWorkers workers;
  private final Authenticator authenticator;
  private final Authorizer authorizer;
  private final LogRoutes logs;
  private final StreamRoutes streams;
  private final StatsRoutes stats;
  private final Vertx vertx;
  private HttpServer server;

  /** A server that does not listen yet. */
  public KubeletServer(NodeConfig config, PodWorkers workers, ApiClient client, Clock clock) {
    this.config = requireNonNull(config, "config");
    this.workers = requireNonNull(workers, "workers");
    this.authenticator = new Authenticator(client, clock);
    this.authorizer = new Authorizer(client, config.nodeName(), clock);
    this.logs = new LogRoutes(workers);
    this.streams = new StreamRoutes(workers);
    this.stats = new StatsRoutes(workers, config, clock);
    this.vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1));
  }

  /**
   * Begins to listen.
   *
   * @return the port
   * @throws IllegalStateException when the port is taken or the certificate unusable
   */
  public int start() {
    NodeConfig.Https https = config.https();
    List<String> protocols = new ArrayList<>(WebSocketStreams.PROTOCOLS);
    protocols.add(PortForwarder.TUNNEL);
    HttpServerOptions options =
        new HttpServerOptions()
            .setSsl(true)
            .setUseAlpn(false)
            .setKeyCertOptions(
                new PemKeyCertOptions()
                    .setCertPath(https.certificate().toString())
                    .setKeyPath(https.key().toString()))
            .setTrustOptions(new PemTrustOptions().addCertPath(https.clientCa().toString()))
            .setClientAuth(ClientAuth.REQUEST)
            .setWebSocketSubProtocols(protocols)
            .setMaxWebSocketFrameSize(MOST_MESSAGE)
            .setMaxWebSocketMessageSize(MOST_MESSAGE)
            .setPerMessageWebSocketCompressionSupported(false)
            .setPerFrameWebSocketCompressionSupported(false)
            .setHost(https.listenAddress())
            .setPort(https.port());
    try {
      server =
          vertx
              .createHttpServer(options)
              .connectionHandler(PostedUpgrades::install)
              .requestHandler(this::accept)
              .listen()
              .toCompletionStage()
              .toCompletableFuture()
              .get(30, TimeUnit.SECONDS);
      return server.actualPort();
    } catch (ExecutionException | TimeoutException e) {
      close();
      throw new IllegalStateException(
          "The kubelet's API can't listen on %s:%d: %s; free the port or choose another"
              .formatted(https.listenAddress(), https.port(), e.getMessage()),
          e);
    } catch (InterruptedException e) {
      close();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private void accept(HttpServerRequest request) {
    // Nothing is read before its handler is there.
    request.pause();
    Context loop = vertx.getOrCreateContext();
    Thread.ofVirtual().name("kubelet-" + request.path()).start(() -> handle(request, loop));
  }

  private void handle(HttpServerRequest request, Context loop) {
    try {
      String path = request.path();
      String method = PostedUpgrades.method(request);
      Optional<Caller> caller = authenticator.authenticate(request);
      if (caller.isEmpty()) {
        throw new HttpFailure(401, "Unauthorized");
      }
      if (!authorizer.allows(caller.get(), method, path)) {
        throw new HttpFailure(
            403,
            "Forbidden (user=%s, verb=%s, resource=nodes, subresource(s)=%s)"
                .formatted(
                    caller.get().user(),
                    method.toLowerCase(Locale.ROOT),
                    Authorizer.subresources(path)));
      }
      route(request, path, loop);
    } catch (HttpFailure e) {
      fail(request, e.status(), e.getMessage());
    } catch (RuntimeException e) {
      log.warn("{} {} failed", request.method(), request.path(), e);
      fail(request, 500, String.valueOf(e.getMessage()));
    }
  }

  private static void fail(HttpServerRequest request, int status, String message) {
    if (!request.response().headWritten() && !request.response().closed()) {
      request.resume();
      request
          .response()
          .setStatusCode(status)
          .putHeader("Content-Type", "text/plain; charset=utf-8")
          .end(message);
    }
  }

  private void route(HttpServerRequest request, String path, Context loop) {
    List<String> parts =
        Arrays.stream(path.split("/"))
            .filter(p -> !p.isEmpty())
            .map(p -> URLDecoder.decode(p.replace("+", "%2B"), StandardCharsets.UTF_8))
            .toList();
    String first = parts.isEmpty() ? "" : parts.get(0);
    switch (first) {
      case "healthz" -> text(request, "ok");
      case "pods", "runningpods" -> json(request, pods());
      case "configz" -> json(request, configuration());
      case "stats" -> json(request, stats.summary());
      case "metrics" -> text(request, stats.resourceMetrics());
      case "containerLogs" -> logs.serve(request, pod(parts, 4), parts.get(parts.size() - 1));
      case "exec" -> streams.exec(request, loop, pod(parts, 4), parts.get(parts.size() - 1));
      case "attach" -> streams.attach(request, loop, pod(parts, 4), parts.get(parts.size() - 1));
      case "run" -> streams.run(request, pod(parts, 4), parts.get(parts.size() - 1));
      case "portForward" -> streams.portForward(request, loop, pod(parts, 3));
      default -> throw new HttpFailure(404, "404 page not found");
    }
  }

  /** The pod of {@code /x/NAMESPACE/POD[/UID][/CONTAINER]}. */
  private BoundPod pod(List<String> parts, int length) {
    if (parts.size() != length && parts.size() != length + 1) {
      throw new HttpFailure(404, "404 page not found");
    }
    BoundPod pod =
        workers
            .pod(parts.get(1), parts.get(2))
            .orElseThrow(() -> new HttpFailure(404, "pod does not exist"));
    if (parts.size() == length + 1 && !pod.uid().equals(parts.get(3))) {
      throw new HttpFailure(404, "pod does not exist");
    }
    return pod;
  }

  private ObjectNode pods() {
    ObjectNode list = Json.MAPPER.createObjectNode();
    list.put("kind", "PodList").put("apiVersion", "v1").putObject("metadata");
    ArrayNode items = list.putArray("items");
    for (BoundPod pod : workers.pods()) {
      items.add((ObjectNode) Json.MAPPER.valueToTree(pod.pod()));
    }
    return list;
  }

  private ObjectNode configuration() {
    ObjectNode root = Json.MAPPER.createObjectNode();
    ObjectNode c = root.putObject("kubeletconfig");
    c.put("kind", "KubeletConfiguration").put("apiVersion", "kubelet.config.k8s.io/v1beta1");
    c.put("clusterDomain", config.clusterDomain());
    c.put("maxPods", config.maxPods());
    c.put("podPidsLimit", config.podPidLimit() == 0 ? -1 : config.podPidLimit());
    c.put("podCIDR", String.join(",", config.podCidrs()));
    c.put("nodeStatusReportFrequency", config.statusReport().toSeconds() + "s");
    c.put("nodeLeaseDurationSeconds", 40);
    c.put("seccompDefault", true);
    return root;
  }

  private static void text(HttpServerRequest request, String text) {
    request.resume();
    request.response().putHeader("Content-Type", "text/plain; charset=utf-8").end(text);
  }

  private static void json(HttpServerRequest request, ObjectNode body) {
    request.resume();
    request.response().putHeader("Content-Type", "application/json").end(Json.text(body));
  }

  @Override
  public void close() {
    vertx.close();
  }
}
