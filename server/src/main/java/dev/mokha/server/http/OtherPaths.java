package dev.mokha.server.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.client.metrics.Exposition;
import dev.mokha.client.metrics.MetricSource;
import dev.mokha.server.flow.FlowDump;
import dev.mokha.server.pipeline.Query;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** The paths that are no resource: health, version, discovery, metrics. */
final class OtherPaths {
  private static final String FLOW_DUMPS = "/debug/api_priority_and_fairness/";

  private final Health health;
  private final Discovery discovery;
  private final OpenApiPaths openApi;
  private final Map<String, String> documents;
  private final List<MetricSource> metrics;
  private final FlowDump flow;

  OtherPaths(
      Health health,
      Discovery discovery,
      OpenApiPaths openApi,
      Map<String, String> documents,
      List<MetricSource> metrics,
      FlowDump flow) {
    this.metrics = requireNonNull(metrics, "metrics");
    this.flow = requireNonNull(flow, "flow");
    this.documents = Map.copyOf(documents);
    this.openApi = requireNonNull(openApi, "openApi");
    this.health = requireNonNull(health, "health");
    this.discovery = requireNonNull(discovery, "discovery");
  }

  /** True when an answer may take long to make. */
  boolean mayBlock(String path) {
    return path.startsWith("/openapi") || path.startsWith("/metrics");
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
          path.endsWith("/")
              ? null
              : health.answer(first.substring(1), path.substring(first.length()), query);
      case "/version" -> path.length() <= 9 ? Reply.json(200, Version.json()) : null;
      case "/api", "/apis" -> discovery.answer(path, accept(request));
      case "/metrics" -> metrics(path);
      case "/debug" -> flow(path);
      case "/openapi" -> openApi.answer(path, request);
      case "/", "" -> path.length() <= 1 ? discovery.root() : null;
      default -> null;
    };
  }

  /** What is said where there is nothing: within the API a Status, elsewhere plain text. */
  Reply nothing(HttpServerRequest request) {
    String path = request.path();
    boolean reads = request.method().name().equals("GET") || request.method().name().equals("HEAD");
    boolean known = path.equals("/version") || discovery.isPlace(path);
    if (!reads && known) {
      return Replies.of(RequestRules.methodNotAllowed(), Accept.DEFAULT);
    }
    return path.startsWith("/api/") || discovery.isInGroup(path)
        ? Replies.of(RequestHandler.notFound(), Accept.DEFAULT)
        : Reply.text(404, "404 page not found\n");
  }

  private Reply metrics(String path) {
    Exposition out = new Exposition();
    switch (path) {
      case "/metrics" -> metrics.forEach(m -> m.write(out));
      case "/metrics/slis" -> health.write(out);
      default -> {
        return null;
      }
    }
    return Reply.of(200, Exposition.CONTENT_TYPE, out.bytes());
  }

  private Reply flow(String path) {
    String table =
        path.startsWith(FLOW_DUMPS) ? flow.table(path.substring(FLOW_DUMPS.length())) : null;
    return table == null ? null : Reply.text(200, table);
  }

  private static Accept accept(HttpServerRequest request) {
    try {
      return Accept.of(request.getHeader("Accept"), Accept.Use.DISCOVERY);
    } catch (StatusException e) {
      return Accept.DEFAULT;
    }
  }
}
