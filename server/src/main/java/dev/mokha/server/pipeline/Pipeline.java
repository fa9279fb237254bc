package dev.mokha.server.pipeline;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.server.authorization.Attributes;
import dev.mokha.server.authorization.Authorizer;
import dev.mokha.server.authorization.Decision;
import dev.mokha.server.authorization.Refusal;
import dev.mokha.server.rest.RestHandler;

/**
 * The way of every request, read top to bottom.
 *
 * <p>Over the network: {@link RequestTarget} routes; the authenticator says who asks; {@link
 * dev.mokha.server.flow.FlowControl} limits; the body is decoded; then {@link #handle}. A call from
 * this process begins at {@link #handle}, under an identity of its own. There is no other way in.
 */
public final class Pipeline {
  private final Authorizer authorizer;
  private final AuditLog audit;
  private final RestHandler rest;
  private final RequestMetrics metrics = new RequestMetrics();

  /** The pipeline of one server. */
  public Pipeline(Authorizer authorizer, AuditLog audit, RestHandler rest) {
    this.authorizer = requireNonNull(authorizer, "authorizer");
    this.audit = requireNonNull(audit, "audit");
    this.rest = requireNonNull(rest, "rest");
  }

  /** Authorize, then mutate, validate and store (or read), and write it all down. */
  public Answer handle(ApiCall call) {
    long begun = System.nanoTime();
    authorize(call);
    try {
      Answer answer = rest.handle(call);
      metrics.note(call, answer.code(), System.nanoTime() - begun);
      audit.done(call, answer);
      return answer;
    } catch (StatusException e) {
      metrics.note(call, e.code(), System.nanoTime() - begun);
      audit.refused(call, e);
      throw e;
    }
  }

  /** What was counted. */
  public RequestMetrics metrics() {
    return metrics;
  }

  /** Who decides what may be done. */
  public Authorizer authorizer() {
    return authorizer;
  }

  /** False when {@link #handle} will answer from memory in next to no time. */
  public boolean mayBlock(ApiCall call) {
    return rest.mayBlock(call);
  }

  /**
   * Lets a call pass, or not; for those who must know before they read a body.
   *
   * @throws StatusException {@code Forbidden}
   */
  public void authorize(ApiCall call) {
    try {
      authorize(attributes(call));
    } catch (StatusException e) {
      metrics.note(call, e.code(), 0);
      audit.refused(call, e);
      throw e;
    }
  }

  /**
   * Lets someone do something, or not.
   *
   * @throws StatusException {@code Forbidden}, in the words kubectl users know
   */
  public void authorize(Attributes wish) {
    Decision decision = authorizer.authorize(wish);
    if (!decision.allowed()) {
      throw Refusal.of(wish, decision);
    }
  }

  private static Attributes attributes(ApiCall call) {
    boolean many =
        call.verb().equals("list")
            || call.verb().equals("watch")
            || call.verb().equals("deletecollection");
    return new Attributes(
        call.user(),
        call.verb(),
        true,
        call.resource().group(),
        call.resource().type().gvr().version(),
        call.resource().resource(),
        call.subresource(),
        call.namespace(),
        call.name(),
        "",
        many ? call.query().get("labelSelector") : "",
        many ? call.query().get("fieldSelector") : "");
  }
}
