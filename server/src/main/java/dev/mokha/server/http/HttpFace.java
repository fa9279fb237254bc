package dev.mokha.server.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.metrics.MetricSource;
import dev.mokha.server.ServerConfig;
import dev.mokha.server.aggregation.Aggregator;
import dev.mokha.server.aggregation.ExtensionServers;
import dev.mokha.server.authentication.Authenticator;
import dev.mokha.server.flow.FlowControl;
import dev.mokha.server.flow.FlowDump;
import dev.mokha.server.pipeline.InFlight;
import dev.mokha.server.pipeline.Pipeline;
import dev.mokha.server.pki.ServerPki;
import dev.mokha.server.rest.Catalog;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.TrustOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The listener: one HTTPS port, served by an event loop per processor. */
public final class HttpFace implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HttpFace.class);
  private static final int MOST_HEADER_BYTES = 64 << 10;
  private static final long PATIENCE_SECONDS = 20;

  private final Vertx vertx;
  private final ExecutorService workers;
  private final List<WatchLoop> loops = new CopyOnWriteArrayList<>();
  private final InetSocketAddress listen;
  private final List<InetAddress> alsoListen;
  private final AtomicReference<ServerPki> pki;
  private final ExtensionClients extensions;
  private final ServerConfig.Patience patience;
  private final List<HttpServer> servers = new CopyOnWriteArrayList<>();
  private volatile int port;

  /**
   * A listener that is not started.
   *
   * @param listen where; port 0 for any free one
   * @param alsoListen further addresses, on the same port
   * @param patience how long connections may be silent
   */
  public HttpFace(
      InetSocketAddress listen,
      List<InetAddress> alsoListen,
      ServerPki pki,
      ServerConfig.Patience patience) {
    this.patience = requireNonNull(patience, "patience");
    this.alsoListen = List.copyOf(alsoListen);
    this.listen = requireNonNull(listen, "listen");
    this.pki = new AtomicReference<>(requireNonNull(pki, "pki"));
    this.vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(Math.max(2, Runtime.getRuntime().availableProcessors()))
                .setWorkerPoolSize(2)
                .setInternalBlockingPoolSize(2)
                // Nothing is served from files: no directory for copies of them is needed.
                .setFileSystemOptions(
                    new FileSystemOptions()
                        .setFileCachingEnabled(false)
                        .setClassPathResolvingEnabled(false)));
    this.extensions = new ExtensionClients(vertx, this.pki::get);
    this.workers =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("request-", 0).factory());
  }

  /** Connections to the servers of aggregated APIs. */
  public ExtensionServers extensionServers() {
    return extensions;
  }

  /**
   * Starts to listen, and returns when clients can connect.
   *
   * @param metrics what {@code /metrics} shows: a list that may grow, and gets what is counted here
   */
  public void start(
      Catalog catalog,
      Authenticator authenticator,
      Pipeline pipeline,
      FlowControl flow,
      List<MetricSource> metrics,
      Health health,
      Map<String, String> documents,
      Aggregator aggregator)
      throws IOException {
    InFlight inFlight = new InFlight();
    FlowGate gate = new FlowGate(flow, inFlight);
    metrics.add(inFlight);
    metrics.add(flow);
    OtherPaths others =
        new OtherPaths(
            health,
            new Discovery(catalog, aggregator),
            new OpenApiPaths(catalog, aggregator),
            documents,
            metrics,
            new FlowDump(flow));
    int instances = Runtime.getRuntime().availableProcessors();
    DeploymentOptions deployment = new DeploymentOptions().setInstances(Math.max(1, instances));
    // With port 0 every instance would get a port of its own unless one has chosen before.
    int chosen = listen.getPort() == 0 ? freePort() : listen.getPort();
    await(
        vertx.deployVerticle(
            () ->
                new Listener(
                    chosen,
                    catalog,
                    authenticator,
                    pipeline,
                    gate,
                    others,
                    new AggregatedRequests(aggregator, extensions)),
            deployment));
    port = chosen;
  }

  private int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(listen.getAddress(), 0));
      return socket.getLocalPort();
    }
  }

  private static <T> T await(Future<T> future) throws IOException {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("no answer in " + PATIENCE_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** A certificate of the front-proxy authority is no user's, but it must pass the handshake. */
  private List<X509Certificate> clientAuthorities() {
    List<X509Certificate> all = new ArrayList<>(pki.get().clientAuthorities());
    all.addAll(pki.get().frontProxyAuthorities());
    return all;
  }

  private HttpServerOptions options(String host, int onPort) {
    return new HttpServerOptions()
        .setHost(host)
        .setPort(onPort)
        .setSsl(true)
        .setKeyCertOptions(KeyCertOptions.wrap(TlsMaterial.keys(() -> pki.get().serving())))
        .setTrustOptions(TrustOptions.wrap(TlsMaterial.trust(clientAuthorities())))
        .setClientAuth(ClientAuth.REQUEST)
        .setUseAlpn(true)
        .setMaxHeaderSize(MOST_HEADER_BYTES)
        .setMaxInitialLineLength(MOST_HEADER_BYTES)
        .setMaxFormAttributeSize(-1)
        .setTcpNoDelay(true)
        // The first that the client offers.
        .setWebSocketSubProtocols(List.of("*"))
        .setDecompressionSupported(true)
        .setHandle100ContinueAutomatically(true);
  }

  private final class Listener extends AbstractVerticle {
    private final int onPort;
    private final Catalog catalog;
    private final Authenticator authenticator;
    private final Pipeline pipeline;
    private final FlowGate gate;
    private final OtherPaths others;
    private final AggregatedRequests aggregated;

    Listener(
        int onPort,
        Catalog catalog,
        Authenticator authenticator,
        Pipeline pipeline,
        FlowGate gate,
        OtherPaths others,
        AggregatedRequests aggregated) {
      this.onPort = onPort;
      this.catalog = catalog;
      this.authenticator = authenticator;
      this.pipeline = pipeline;
      this.gate = gate;
      this.others = others;
      this.aggregated = aggregated;
    }

    @Override
    public void start(Promise<Void> started) {
      WatchLoop loop = new WatchLoop(context);
      loops.add(loop);
      RequestHandler handler =
          new RequestHandler(
              catalog,
              new RequestAuthentication(authenticator, new FrontProxy(pki.get()), pipeline),
              pipeline,
              gate,
              others,
              workers,
              new WatchReplies(loop, workers, pipeline.metrics()),
              new TunnelProxy(vertx, pki::get),
              aggregated,
              new Deadlines(context));
      List<Future<HttpServer>> opened = new ArrayList<>();
      opened.add(open(listen.getHostString(), handler));
      alsoListen.forEach(a -> opened.add(open(a.getHostAddress(), handler)));
      Future.all(opened).<Void>mapEmpty().onComplete(started);
    }

    private Future<HttpServer> open(String host, RequestHandler handler) {
      return vertx
          .createHttpServer(options(host, onPort))
          .connectionHandler(
              c -> {
                UpgradeByPost.install(c);
                Flushes.consolidate(c);
                HeadDeadline.install(c, patience);
              })
          .requestHandler(handler::handle)
          .listen()
          .onSuccess(servers::add);
    }
  }

  /**
   * Shows these certificates from the next handshake on. Connections that are open stay so; the
   * authorities remain those of the start.
   */
  public void renew(ServerPki renewed) {
    pki.set(requireNonNull(renewed, "renewed"));
  }

  /** Where clients connect. */
  public InetSocketAddress address() {
    return new InetSocketAddress(listen.getAddress(), port);
  }

  /**
   * Ends all watches, lets nobody connect any more, and waits for the requests that are under way.
   *
   * @param atMost after that, what is left is cut off
   */
  public void drain(Duration atMost) {
    endWatches();
    if (atMost.isZero()) {
      return; // All is closed soon anyway.
    }
    List<Future<Void>> ends = new ArrayList<>();
    servers.forEach(s -> ends.add(s.shutdown(atMost.toMillis(), TimeUnit.MILLISECONDS)));
    try {
      Future.all(ends)
          .toCompletionStage()
          .toCompletableFuture()
          .get(atMost.toMillis() + PATIENCE_SECONDS * 1000, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      log.warn("not all connections ended in good order", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void endWatches() {
    for (WatchLoop loop : loops) {
      loop.endSoon();
    }
  }

  @Override
  public void close() {
    endWatches();
    workers.shutdown();
    try {
      await(vertx.close());
    } catch (IOException e) {
      log.warn("closing took too long", e);
    }
  }
}
