package dev.mokha.registry.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.registry.ErrorCode;
import dev.mokha.registry.RegistryException;
import dev.mokha.registry.access.AccessControl;
import dev.mokha.registry.metrics.RegistryMetrics;
import dev.mokha.registry.storage.RegistryStorage;
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
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509KeyManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The listener: HTTP/1.1 on one port of some addresses. */
public final class RegistryServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RegistryServer.class);
  private static final long PATIENCE_SECONDS = 20;
  private static final int MOST_HEADER_BYTES = 32 << 10;
  private static final int CHUNK_BYTES = 128 << 10;

  private final Vertx vertx;
  private final ExecutorService workers;
  private final List<InetSocketAddress> addresses;

  /**
   * How to listen.
   *
   * @param addresses where; with port 0 the first gets any free port, and the others the same
   * @param tls the server's certificate and whose certificates clients may show; empty for plain
   *     HTTP
   * @param patience how long a client may neither send nor read anything
   */
  public record Options(List<InetSocketAddress> addresses, Optional<Tls> tls, Duration patience) {
    /** Copies the addresses. */
    public Options {
      addresses = List.copyOf(addresses);
      requireNonNull(tls, "tls");
      requireNonNull(patience, "patience");
    }
  }

  /**
   * Certificates.
   *
   * @param key shows the server's; asked at each handshake
   * @param clients trusts those of clients
   */
  public record Tls(X509KeyManager key, TrustManager clients) {}

  private RegistryServer(Options options, RequestHandler handler, RegistryMetrics metrics)
      throws IOException {
    vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(Math.max(2, Runtime.getRuntime().availableProcessors()))
                .setWorkerPoolSize(2)
                .setInternalBlockingPoolSize(2)
                .setFileSystemOptions(
                    new FileSystemOptions()
                        .setFileCachingEnabled(false)
                        .setClassPathResolvingEnabled(false)));
    workers = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("registry-", 0).factory());
    try {
      addresses = chosen(options.addresses());
      int loops = Math.max(1, Runtime.getRuntime().availableProcessors());
      await(
          vertx.deployVerticle(
              () -> new Listener(options, handler, metrics),
              new DeploymentOptions().setInstances(loops)));
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Begins to listen; returns when clients can connect. */
  public static RegistryServer start(
      Options options,
      RegistryStorage storage,
      AccessControl access,
      TagRules rules,
      Optional<MirrorRequests> mirror,
      RegistryMetrics metrics)
      throws IOException {
    return new RegistryServer(
        options, new RequestHandler(storage, access, rules, mirror), requireNonNull(metrics));
  }

  /** Several event loops listen on one port, which must therefore be known before. */
  private static List<InetSocketAddress> chosen(List<InetSocketAddress> wanted) throws IOException {
    List<InetSocketAddress> chosen = new ArrayList<>();
    int free = 0;
    for (InetSocketAddress address : wanted) {
      int port = address.getPort();
      if (port == 0) {
        if (free == 0) {
          try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(address.getAddress(), 0));
            free = socket.getLocalPort();
          }
        }
        port = free;
      }
      chosen.add(new InetSocketAddress(address.getAddress(), port));
    }
    return List.copyOf(chosen);
  }

  /** Where it listens. */
  public List<InetSocketAddress> addresses() {
    return addresses;
  }

  static RegistryException notAllowed(Exchange exchange, String allowed) {
    exchange.header("Allow", allowed);
    return new RegistryException(
        ErrorCode.UNSUPPORTED, exchange.method() + " can't be done here; " + allowed + " can");
  }

  private final class Listener extends AbstractVerticle {
    private final Options options;
    private final RequestHandler handler;
    private final RegistryMetrics metrics;

    Listener(Options options, RequestHandler handler, RegistryMetrics metrics) {
      this.metrics = metrics;
      this.options = options;
      this.handler = handler;
    }

    @Override
    public void start(Promise<Void> started) {
      List<Future<HttpServer>> opened = new ArrayList<>();
      for (InetSocketAddress address : addresses) {
        opened.add(
            vertx
                .createHttpServer(http(address))
                .requestHandler(
                    request -> {
                      Exchange exchange =
                          new Exchange(request, context, options.patience(), metrics);
                      workers.execute(() -> handler.handle(exchange));
                    })
                .exceptionHandler(e -> log.debug("a connection failed", e))
                .listen());
      }
      Future.all(opened).<Void>mapEmpty().onComplete(started);
    }

    private HttpServerOptions http(InetSocketAddress address) {
      HttpServerOptions http =
          new HttpServerOptions()
              .setHost(address.getAddress().getHostAddress())
              .setPort(address.getPort())
              .setHttp2ClearTextEnabled(false)
              .setTcpNoDelay(true)
              .setMaxHeaderSize(MOST_HEADER_BYTES)
              .setMaxInitialLineLength(MOST_HEADER_BYTES)
              .setMaxChunkSize(CHUNK_BYTES)
              // Longer than any body may stall: a large blob's way to the disk is silent too.
              .setIdleTimeout((int) Math.max(1, options.patience().toSeconds() * 10))
              .setHandle100ContinueAutomatically(true);
      options
          .tls()
          .ifPresent(
              tls ->
                  http.setSsl(true)
                      .setUseAlpn(false)
                      .setKeyCertOptions(KeyCertOptions.wrap(tls.key()))
                      .setTrustOptions(TrustOptions.wrap(tls.clients()))
                      .setClientAuth(ClientAuth.REQUEST));
      return http;
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

  @Override
  public void close() {
    try {
      await(vertx.close());
    } catch (IOException e) {
      log.warn("closing took too long", e);
    }
    // What still works is cut off from its client; what it wrote stays resumable.
    workers.shutdownNow();
    workers.close();
  }
}
