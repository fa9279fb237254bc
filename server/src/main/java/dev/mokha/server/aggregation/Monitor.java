package dev.mokha.server.aggregation;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.server.aggregation.ApiService.Backend;
import dev.mokha.server.aggregation.ExtensionServers.Document;
import dev.mokha.server.aggregation.ExtensionServers.Wish;
import dev.mokha.server.services.ServiceEndpoints;
import dev.mokha.server.services.ServiceEndpoints.Endpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches over one APIService: asks its server again and again whether it answers and what it says
 * of itself. Each has a virtual thread of its own, so that a server that hangs keeps nobody else
 * waiting.
 */
final class Monitor {
  private static final Logger log = LoggerFactory.getLogger(Monitor.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration WHEN_WELL = Duration.ofSeconds(30);
  private static final Duration FIRST_RETRY = Duration.ofMillis(500);
  private static final Duration LONGEST_RETRY = Duration.ofSeconds(20);

  /** Changes of endpoints come in bursts. */
  private static final Duration PAUSE = Duration.ofMillis(50);

  private static final int ATTEMPTS = 2;
  private static final int MOST_DISCOVERY_BYTES = 4 << 20;

  private final ExtensionServers servers;
  private final BackendCheck check;
  private final ServiceEndpoints endpoints;
  private final BiConsumer<ApiService, Availability> report;
  private final Runnable documentsChanged;
  private final Thread thread;
  private volatile ApiService api;
  private volatile RemoteDocuments documents = RemoteDocuments.NONE;
  private volatile boolean woken;
  private volatile boolean closed;

  /**
   * A monitor; {@link #start} begins.
   *
   * @param report told what was found, each time
   * @param documentsChanged told when {@link #documents} are new
   */
  Monitor(
      ApiService api,
      ExtensionServers servers,
      BackendCheck check,
      ServiceEndpoints endpoints,
      BiConsumer<ApiService, Availability> report,
      Runnable documentsChanged) {
    this.api = requireNonNull(api, "api");
    this.servers = requireNonNull(servers, "servers");
    this.check = requireNonNull(check, "check");
    this.endpoints = requireNonNull(endpoints, "endpoints");
    this.report = requireNonNull(report, "report");
    this.documentsChanged = requireNonNull(documentsChanged, "documentsChanged");
    this.thread = Thread.ofVirtual().name("apiservice-" + api.name()).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  RemoteDocuments documents() {
    return documents;
  }

  /** The APIService may have changed, or what its service leads to. */
  void wake(ApiService now) {
    api = now;
    woken = true;
    LockSupport.unpark(thread);
  }

  void close() {
    closed = true;
    thread.interrupt();
  }

  private void run() {
    Duration retry = FIRST_RETRY;
    while (!closed) {
      woken = false;
      ApiService now = api;
      Backend backend = now.service().orElseThrow();
      BackendCheck.Finding finding = check.look(backend);
      Availability found = finding.problem() != null ? finding.problem() : ask(now, backend);
      if (closed) {
        return;
      }
      report.accept(now, found);
      if (!found.available()) {
        set(documents.stale());
      }
      Duration pause = found.available() ? WHEN_WELL : retry;
      retry = found.available() ? FIRST_RETRY : shorter(retry.multipliedBy(2), LONGEST_RETRY);
      if (found.available()) {
        readOpenApi(now, backend);
      }
      if (waitForNews(now, backend, finding.trace(), pause)) {
        retry = FIRST_RETRY;
      }
    }
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  /** True when something changed; false when the time is over. */
  private boolean waitForNews(ApiService then, Backend backend, String trace, Duration pause) {
    long deadline = System.nanoTime() + pause.toNanos();
    while (!closed) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      if (woken) {
        woken = false;
        ApiService now = api;
        boolean news =
            !now.service().equals(then.service())
                || !now.uid().equals(then.uid())
                || !now.availability().equals(then.availability())
                    && now.availability().status().isEmpty()
                || !check.look(backend).trace().equals(trace);
        if (news) {
          return true;
        }
        LockSupport.parkNanos(this, PAUSE.toNanos());
        continue;
      }
      LockSupport.parkNanos(this, left);
      if (Thread.interrupted() && closed) {
        return false;
      }
    }
    return false;
  }

  private Availability ask(ApiService now, Backend backend) {
    String path = "/apis/" + now.group() + "/" + now.version();
    String failure = "";
    for (int attempt = 1; attempt <= ATTEMPTS && !closed; attempt++) {
      String url = "https://" + backend.hostName() + path;
      try {
        Endpoint at = endpoints.resolve(backend.namespace(), backend.name(), backend.port());
        url = "https://" + at.host() + ":" + at.port() + path;
        Document answer =
            servers.read(
                backend,
                at,
                new Wish(path, "application/json", "", MOST_DISCOVERY_BYTES, PATIENCE));
        if (answer.status() >= 200 && answer.status() < 300) {
          remember(now, answer);
          return Availability.PASSED;
        }
        failure =
            "failing or missing response from %s: bad status from %s: %d"
                .formatted(url, url, answer.status());
      } catch (IOException | StatusException e) {
        failure = "failing or missing response from %s: %s".formatted(url, e.getMessage());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Availability.not("FailedDiscoveryCheck", "the check was interrupted");
      }
    }
    return Availability.not("FailedDiscoveryCheck", failure);
  }

  private void remember(ApiService now, Document answer) {
    try {
      set(documents.with(RemoteDiscovery.entry(now.version(), answer.body())));
    } catch (IllegalArgumentException e) {
      log.warn("the discovery document of {} can't be used: {}", now.name(), e.getMessage());
      set(documents.stale());
    }
  }

  private void readOpenApi(ApiService now, Backend backend) {
    try {
      Endpoint at = endpoints.resolve(backend.namespace(), backend.name(), backend.port());
      set(OpenApiReader.read(servers, backend, at, now, documents));
    } catch (IOException | StatusException | IllegalArgumentException e) {
      log.debug("the OpenAPI documents of {} can't be had: {}", now.name(), e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void set(RemoteDocuments now) {
    if (!now.equals(documents)) {
      documents = now;
      documentsChanged.run();
    }
  }
}
