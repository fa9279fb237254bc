package dev.mokha.server.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.server.audit.AuditEvent;
import dev.mokha.server.audit.AuditStage;
import dev.mokha.server.authentication.Authenticator;
import dev.mokha.server.authentication.Credentials;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.pipeline.Pipeline;
import dev.mokha.server.pipeline.RequestTarget;
import io.vertx.core.http.HttpServerRequest;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;

/** Who sends a request: by what it carries, or by what a proxy in front vouches for. */
final class RequestAuthentication {
  private static final UserInfo NOBODY = new UserInfo("", "", List.of(), Map.of());

  private final Authenticator authenticator;
  private final FrontProxy frontProxy;
  private final Pipeline pipeline;

  RequestAuthentication(Authenticator authenticator, FrontProxy frontProxy, Pipeline pipeline) {
    this.authenticator = requireNonNull(authenticator, "authenticator");
    this.frontProxy = requireNonNull(frontProxy, "frontProxy");
    this.pipeline = requireNonNull(pipeline, "pipeline");
  }

  /**
   * The sender; anonymous without credentials. What fails is audited and counted here.
   *
   * @throws StatusException 401 when the credentials prove nothing
   */
  UserInfo authenticate(HttpServerRequest request, String id, String verb, RequestTarget target) {
    Credentials credentials = Connections.credentials(request);
    if (credentials == Credentials.NONE) {
      return UserInfo.ANONYMOUS;
    }
    long begun = System.nanoTime();
    UserInfo user = null;
    try {
      List<X509Certificate> shown = credentials.clientCertificates();
      user =
          !shown.isEmpty() && frontProxy.vouchesFor(shown.getFirst())
              ? FrontProxy.user(shown.getFirst(), request)
              : authenticator.authenticate(credentials).orElse(null);
    } catch (StatusException e) {
      unauthenticated(request, id, verb, target, e);
      throw e;
    } finally {
      pipeline.access().authenticated(user != null, System.nanoTime() - begun);
    }
    if (user == null) {
      StatusException e =
          new StatusException(
              StatusReason.UNAUTHORIZED, "Unauthorized", StatusException.Details.NONE);
      unauthenticated(request, id, verb, target, e);
      throw e;
    }
    return user;
  }

  /** Whoever fails to prove who he is has no name in the audit. */
  private void unauthenticated(
      HttpServerRequest request, String id, String verb, RequestTarget target, StatusException e) {
    AuditEvent event =
        pipeline.audit().begin(NOBODY, null, verb, target, () -> RequestOrigin.of(request, id));
    event.failed(e);
    event.reached(AuditStage.RESPONSE_COMPLETE);
    pipeline.metrics().note(verb, null, "", "", e.code(), 0);
  }
}
