package dev.mokha.server.pipeline;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.schema.ObjectDecoder;
import dev.mokha.server.audit.Audit;
import dev.mokha.server.audit.AuditEvent;
import dev.mokha.server.audit.AuditStage;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.authorization.Attributes;
import dev.mokha.server.authorization.Authorizer;
import dev.mokha.server.authorization.Decision;
import dev.mokha.server.authorization.Refusal;
import dev.mokha.server.rest.RestHandler;
import dev.mokha.server.rest.ServedResource;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The way of every request, read top to bottom.
 *
 * <p>Over the network: {@link RequestTarget} routes; the authenticator says who asks; {@link Audit}
 * begins an event; {@link dev.mokha.server.flow.FlowControl} limits; the body is decoded; then
 * {@link #handle}. A call from this process begins at {@link #handleLocal}, under an identity of
 * its own. There is no other way in.
 */
public final class Pipeline {
  private final Authorizer authorizer;
  private final Audit audit;
  private final RestHandler rest;
  private final RequestMetrics metrics = new RequestMetrics();
  private final AccessMetrics access = new AccessMetrics();

  /** The pipeline of one server. */
  public Pipeline(Authorizer authorizer, Audit audit, RestHandler rest) {
    this.authorizer = requireNonNull(authorizer, "authorizer");
    this.audit = requireNonNull(audit, "audit");
    this.rest = requireNonNull(rest, "rest");
  }

  /**
   * Authorize, then mutate, validate and store (or read). Whoever calls writes down what came of
   * it.
   */
  public Answer handle(ApiCall call) {
    return handle(call, UnaryOperator.identity());
  }

  /**
   * The same for a call whose body is still to be read: whoever may not do it shall not make us
   * decode it.
   *
   * @param decode gives the same call with its body
   */
  public Answer handle(ApiCall call, UnaryOperator<ApiCall> decode) {
    try {
      authorize(attributes(call), call.audit());
      ApiCall complete = decode.apply(call);
      keep(complete);
      Answer answer = rest.handle(complete);
      complete.audit().answered(answer);
      return answer;
    } catch (StatusException e) {
      call.audit().failed(e);
      throw e;
    }
  }

  /** The event of a call that {@link #handleLocal} will get. */
  public AuditEvent beginLocal(
      UserInfo user,
      String program,
      String verb,
      ServedResource resource,
      String subresource,
      String namespace,
      String name) {
    RequestTarget target =
        new RequestTarget(
            true,
            "",
            resource.group(),
            resource.type().gvr().version(),
            namespace,
            resource.resource(),
            name,
            subresource,
            "",
            false);
    return audit.begin(
        user,
        null,
        verb,
        target,
        () -> new AuditEvent.Origin(Audit.newId(), target.toPath(), List.of(), program));
  }

  /** A call from inside this process: {@link #handle}, counted and written down. */
  public Answer handleLocal(ApiCall call) {
    long begun = System.nanoTime();
    int code = 500;
    AuditStage end = AuditStage.PANIC;
    try {
      Answer answer = handle(call);
      code = answer.code();
      end = AuditStage.RESPONSE_COMPLETE;
      return answer;
    } catch (StatusException e) {
      code = e.code();
      end = AuditStage.RESPONSE_COMPLETE;
      throw e;
    } finally {
      metrics.note(
          call.verb(),
          call.resource(),
          call.subresource(),
          RequestMetrics.scope(call.namespace(), call.name(), call.verb()),
          code,
          System.nanoTime() - begun);
      call.audit().reached(end);
    }
  }

  /** What was sent, before anything changes it; and the new object's name, which no path has. */
  private static void keep(ApiCall call) {
    AuditEvent event = call.audit();
    if (!event.isKept()) {
      return;
    }
    switch (call.body()) {
      case ApiCall.ObjectBody body -> {
        event.named(body.tree().path("metadata").path("name").asString(""));
        if (event.keepsRequest()) {
          event.requested(Json.bytes(body.tree()));
        }
      }
      case ApiCall.PatchBody body -> {
        if (event.keepsRequest()) {
          event.requested(body.mediaType().endsWith("yaml") ? json(body.patch()) : body.patch());
        }
      }
      case ApiCall.NoBody _ -> {
        // Nothing to keep.
      }
    }
  }

  /** A patch in YAML as JSON, which is what events are made of; null when it is not readable. */
  private static byte[] json(byte[] yaml) {
    try {
      return Json.bytes(ObjectDecoder.yaml(yaml));
    } catch (StatusException e) {
      return null; // The client is told; there is nothing to keep.
    }
  }

  /** The audit. */
  public Audit audit() {
    return audit;
  }

  /** What was counted. */
  public RequestMetrics metrics() {
    return metrics;
  }

  /** How often whom was let in and through. */
  public AccessMetrics access() {
    return access;
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
   * Lets someone do something, or not.
   *
   * @throws StatusException {@code Forbidden}, in the words kubectl users know
   */
  public void authorize(Attributes wish, AuditEvent event) {
    long begun = System.nanoTime();
    Decision decision = authorizer.authorize(wish);
    access.authorized(decision, System.nanoTime() - begun);
    if (event.isKept()) {
      event.annotate(AuditEvent.DECISION, decision.allowed() ? "allow" : "forbid");
      event.annotate(AuditEvent.REASON, decision.reason());
    }
    if (!decision.allowed()) {
      throw Refusal.of(wish, decision);
    }
  }

  private static Attributes attributes(ApiCall call) {
    return Attributes.ofRequest(
        call.user(),
        call.verb(),
        call.resource().type().gvr(),
        call.subresource(),
        call.namespace(),
        call.name(),
        call.query().get("labelSelector"),
        call.query().get("fieldSelector"));
  }
}
