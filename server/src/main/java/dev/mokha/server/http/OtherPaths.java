package dev.mokha.server.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.server.pipeline.InFlight;
import dev.mokha.server.pipeline.Query;
import dev.mokha.server.pipeline.RequestMetrics;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The paths that are no resource: health, version, discovery, metrics. */
final class OtherPaths {
  private final Health health;
  private final Discovery discovery;
  private final OpenApiPaths openApi;
  private final Map<String, String> documents;
  private final RequestMetrics requests;
  private final InFlight inFlight;

  OtherPaths(
      Health health,
      Discovery discovery,
      OpenApiPaths openApi,
      Map<String, String> documents,
      RequestMetrics requests,
      InFlight inFlight) {
    this.requests = requireNonNull(requests, "requests");
    this.inFlight = requireNonNull(inFlight, "inFlight");
    this.documents = Map.copyOf(documents);
    this.openApi = requireNonNull(openApi, "openApi");
    this.health = requireNonNull(health, "health");
    this.discovery = requireNonNull(discovery, "discovery");
  }

  /** True when an answer may take long to make. */
  boolean mayBlock(String path) {
    return path.startsWith("/openapi") || path.equals("/metrics");
  }

  /** The answer; null when there is nothing at that path. */
  Reply answer(HttpServerRequest request, Query query) {
    String method = request.method().name();
    String path = request.path();
    if (!method.equals("GET") && !method.equals("HEAD")) {
      return null;
    }
    String document = documents.get(path);
    if (document != null) {
      return Reply.json(200, document.getBytes(StandardCharsets.UTF_8));
    }
    String first = path.indexOf('/', 1) < 0 ? path : path.substring(0, path.indexOf('/', 1));
    return switch (first) {
      case "/healthz", "/livez", "/readyz" ->
          health.answer(first.substring(1), path.substring(first.length()), query);
      case "/version" -> path.length() <= 9 ? Reply.json(200, Version.json()) : null;
      case "/api", "/apis" -> discovery.answer(path, accept(request));
      case "/metrics" -> metrics();
      case "/openapi" -> openApi.answer(path, request);
      case "/", "" -> discovery.root();
      default -> null;
    };
  }

  private Reply metrics() {
    StringBuilder out = new StringBuilder(16 << 10);
    requests.write(out);
    out.append("# TYPE apiserver_current_inflight_requests gauge\n");
    out.append("apiserver_current_inflight_requests{request_kind=\"readOnly\"} ");
    out.append(inFlight.reads()).append('\n');
    out.append("apiserver_current_inflight_requests{request_kind=\"mutating\"} ");
    out.append(inFlight.writes()).append('\n');
    Runtime runtime = Runtime.getRuntime();
    out.append("# TYPE jvm_memory_used_bytes gauge\njvm_memory_used_bytes ");
    out.append(runtime.totalMemory() - runtime.freeMemory()).append('\n');
    ProcessHandle.current()
        .info()
        .totalCpuDuration()
        .ifPresent(
            cpu ->
                out.append("# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total ")
                    .append(cpu.toMillis() / 1000.0)
                    .append('\n'));
    return Reply.of(
        200,
        "text/plain; version=0.0.4; charset=utf-8",
        out.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static Accept accept(HttpServerRequest request) {
    try {
      return Accept.of(request.getHeader("Accept"));
    } catch (StatusException e) {
      return Accept.DEFAULT;
    }
  }
}
