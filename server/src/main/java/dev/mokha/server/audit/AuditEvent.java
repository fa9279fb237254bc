package dev.mokha.server.audit;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.pipeline.RequestTarget;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What is kept of one request. The stages of the pipeline add to it as the request passes; {@link
 * #NONE} takes everything and keeps nothing.
 */
public final class AuditEvent {
  /** Of a request that is not kept. */
  public static final AuditEvent NONE = new AuditEvent();

  /** Whether the request was let through: {@code allow} or {@code forbid}. */
  public static final String DECISION = "authorization.k8s.io/decision";

  /** Why. */
  public static final String REASON = "authorization.k8s.io/reason";

  /**
   * Where a request came from.
   *
   * @param id the client's own, or one made for it
   * @param uri path and query
   * @param sourceIps proxies' word first, the connection's own address last
   * @param userAgent what the client calls itself
   */
  public record Origin(String id, String uri, List<String> sourceIps, String userAgent) {}

  private static final long BASE_WEIGHT = 512;

  private final Audit audit;
  private final AuditPolicy.Choice choice;
  private final Origin origin;
  private final UserInfo user;
  private final UserInfo impersonated;
  private final String verb;
  private final RequestTarget target;
  private final Instant received;
  private final AtomicBoolean complete = new AtomicBoolean();
  private volatile Map<String, String> annotations = Map.of();
  private volatile String name = "";
  private volatile byte[] request;
  private volatile Answer answer;
  private volatile StatusException failure;
  private volatile int code;

  private AuditEvent() {
    audit = null;
    choice = null;
    origin = null;
    user = null;
    impersonated = null;
    verb = "";
    target = null;
    received = Instant.EPOCH;
  }

  AuditEvent(
      Audit audit,
      AuditPolicy.Choice choice,
      Origin origin,
      UserInfo user,
      UserInfo impersonated,
      String verb,
      RequestTarget target,
      Instant received) {
    this.audit = requireNonNull(audit, "audit");
    this.choice = requireNonNull(choice, "choice");
    this.origin = requireNonNull(origin, "origin");
    this.user = requireNonNull(user, "user");
    this.impersonated = impersonated;
    this.verb = requireNonNull(verb, "verb");
    this.target = requireNonNull(target, "target");
    this.received = requireNonNull(received, "received");
  }

  /** Whether anything is kept at all. */
  public boolean isKept() {
    return audit != null;
  }

  /** Whether bodies that were sent are kept. */
  public boolean keepsRequest() {
    return audit != null && choice.level().includes(AuditLevel.REQUEST);
  }

  /** Adds a fact; the first value of a key stays, as upstream has it. */
  public void annotate(String key, String value) {
    if (audit == null) {
      return;
    }
    synchronized (this) {
      if (annotations.isEmpty()) {
        annotations = new ConcurrentHashMap<>(4);
      }
    }
    annotations.putIfAbsent(key, value);
  }

  /** Names the object when the path does not. */
  public void named(String objectName) {
    name = audit == null ? "" : objectName;
  }

  /**
   * What was sent.
   *
   * @param json an object; kept as it is
   */
  public void requested(byte[] json) {
    if (keepsRequest()) {
      request = json;
    }
  }

  /** What came of it. */
  public void answered(Answer result) {
    if (audit != null) {
      code = result.code();
      answer = choice.level().includes(AuditLevel.REQUEST_RESPONSE) ? result : null;
    }
  }

  /** It failed. */
  public void failed(StatusException why) {
    if (audit != null) {
      code = why.code();
      failure = why;
    }
  }

  /** It was answered with that status and nothing worth keeping. */
  public void answered(int status) {
    if (audit != null) {
      code = status;
    }
  }

  /** A stage is reached: an event is written if the policy wants one. */
  public void reached(AuditStage stage) {
    if (audit == null || choice.omitStages().contains(stage)) {
      return;
    }
    boolean last = stage == AuditStage.RESPONSE_COMPLETE || stage == AuditStage.PANIC;
    if (last && !complete.compareAndSet(false, true)) {
      return;
    }
    audit.write(new Moment(this, stage, audit.now(), code, weight(stage)));
  }

  private long weight(AuditStage stage) {
    if (stage == AuditStage.REQUEST_RECEIVED) {
      return BASE_WEIGHT;
    }
    return BASE_WEIGHT
        + (request == null ? 0 : request.length)
        + (answer instanceof Answer.One one ? one.object().object().json().length : 0)
        + (answer instanceof Answer.Many many ? many.page().items().size() * 64L : 0);
  }

  /**
   * An event at one stage, to be written.
   *
   * @param code the status by then; 0 when there is none yet
   * @param weight about how much memory it holds, in bytes
   */
  record Moment(AuditEvent event, AuditStage stage, Instant at, int code, long weight) {}

  AuditPolicy.Choice choice() {
    return choice;
  }

  Origin origin() {
    return origin;
  }

  UserInfo user() {
    return user;
  }

  UserInfo impersonated() {
    return impersonated;
  }

  String verb() {
    return verb;
  }

  RequestTarget target() {
    return target;
  }

  Instant received() {
    return received;
  }

  Map<String, String> annotations() {
    return annotations;
  }

  String name() {
    return name;
  }

  byte[] request() {
    return request;
  }

  Answer answer() {
    return answer;
  }

  StatusException failure() {
    return failure;
  }
}
