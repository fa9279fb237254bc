package dev.mokha.server.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.server.audit.AuditEvent;
import dev.mokha.server.audit.AuditStage;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.flow.Ticket;
import dev.mokha.server.pipeline.Query;
import dev.mokha.server.pipeline.RequestMetrics;
import dev.mokha.server.pipeline.RequestTarget;
import dev.mokha.server.rest.ServedResource;
import io.vertx.core.http.HttpServerRequest;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One request once it is routed and its sender known, until its answer is decided: it holds the
 * seat, the audit event and the clock, and ends all three together.
 */
final class Exchange {
  /** Paths that are counted under their own name. */
  private static final Set<String> COUNTED_PATHS =
      Set.of("/healthz", "/livez", "/readyz", "/version", "/metrics", "/api", "/apis", "/openapi");

  final HttpServerRequest request;
  final RequestTarget target;
  final Query query;
  final UserInfo user;
  final String verb;
  final Accept accept;
  final Ticket ticket;
  final AuditEvent audit;
  private final FlowGate gate;
  private final RequestMetrics metrics;
  private final long begun = System.nanoTime();
  private final AtomicBoolean finished = new AtomicBoolean();
  private volatile ServedResource resource;
  private volatile boolean longRunning;
  private boolean holdsBody;

  Exchange(
      HttpServerRequest request,
      RequestTarget target,
      Query query,
      UserInfo user,
      String verb,
      Accept accept,
      Ticket ticket,
      AuditEvent audit,
      FlowGate gate,
      RequestMetrics metrics) {
    this.request = requireNonNull(request, "request");
    this.target = requireNonNull(target, "target");
    this.query = requireNonNull(query, "query");
    this.user = requireNonNull(user, "user");
    this.verb = requireNonNull(verb, "verb");
    this.accept = requireNonNull(accept, "accept");
    this.ticket = requireNonNull(ticket, "ticket");
    this.audit = requireNonNull(audit, "audit");
    this.gate = requireNonNull(gate, "gate");
    this.metrics = requireNonNull(metrics, "metrics");
  }

  /**
   * Whoever goes on with the request has paused it, and resumes it when there is someone to take
   * its body. On the event loop only.
   */
  void holdBody() {
    holdsBody = true;
  }

  boolean holdsBody() {
    return holdsBody;
  }

  /** It asks for something that is served. */
  void found(ServedResource served) {
    resource = served;
  }

  /** Gives the seat back though the answer goes on. */
  void leave() {
    gate.leave(ticket, verb);
  }

  /** The answer has begun and goes on for long: it needs no seat, and is counted as such. */
  void started() {
    leave();
    longRunning = true;
    metrics.longRunning(verb, resource, subresource(), scope(), 1);
    audit.reached(AuditStage.RESPONSE_STARTED);
  }

  /** How long the answer is. */
  void size(long bytes) {
    metrics.size(verb, resource, subresource(), scope(), bytes);
  }

  /** The answer is decided; further calls do nothing. */
  void finish(int code) {
    finish(code, AuditStage.RESPONSE_COMPLETE);
  }

  /** The server failed as it should not. */
  void panic() {
    finish(500, AuditStage.PANIC);
  }

  private void finish(int code, AuditStage stage) {
    leave();
    if (!finished.compareAndSet(false, true)) {
      return;
    }
    if (longRunning) {
      metrics.longRunning(verb, resource, subresource(), scope(), -1);
    }
    metrics.note(verb, resource, subresource(), scope(), code, System.nanoTime() - begun);
    audit.answered(code);
    audit.reached(stage);
  }

  private String scope() {
    return RequestMetrics.scope(target.namespace(), target.name(), verb);
  }

  private String subresource() {
    if (resource != null) {
      return target.subresource();
    }
    if (target.resourceRequest()) {
      return "";
    }
    String path = target.path();
    int end = path.indexOf('/', 1);
    String first = end < 0 ? path : path.substring(0, end);
    return COUNTED_PATHS.contains(first) ? first : "";
  }
}
