package dev.mokha.server.audit;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.metrics.Exposition;
import dev.mokha.client.metrics.MetricSource;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.pipeline.RequestTarget;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;

/**
 * The audit of one server.
 *
 * <pre>{@code
 * AuditEvent event = audit.begin(user, null, "create", target, () -> origin);
 * event.annotate(AuditEvent.DECISION, "allow");
 * event.answered(answer);
 * event.reached(AuditStage.RESPONSE_COMPLETE);       // queued here, written later
 * }</pre>
 */
public final class Audit implements MetricSource, AutoCloseable {
  private final AuditPolicy policy;
  private final AuditLogFile file;
  private final InstantSource clock;
  private final LongAdder events = new LongAdder();
  private final Map<AuditLevel, LongAdder> levels = new EnumMap<>(AuditLevel.class);

  /** Makes what an event needs and only an audited request pays for. */
  @FunctionalInterface
  public interface Origins {
    /** Where the request came from. */
    AuditEvent.Origin origin();
  }

  private Audit(AuditPolicy policy, AuditLogFile file, InstantSource clock) {
    this.policy = policy;
    this.file = file;
    this.clock = requireNonNull(clock, "clock");
    for (AuditLevel level : AuditLevel.values()) {
      levels.put(level, new LongAdder());
    }
  }

  /**
   * Opens the log.
   *
   * @param config null to keep nothing
   * @throws IOException when the file can't be written
   */
  public static Audit open(AuditConfig config, InstantSource clock) throws IOException {
    return config == null
        ? new Audit(null, null, clock)
        : new Audit(
            config.policy(), new AuditLogFile(config.file(), config.rotation(), clock), clock);
  }

  /**
   * Begins with a request; {@link AuditEvent#NONE} when the policy does not want it.
   *
   * @param user who sent it
   * @param impersonated whom he acts as; null for himself
   */
  public AuditEvent begin(
      UserInfo user, UserInfo impersonated, String verb, RequestTarget target, Origins origins) {
    if (policy == null) {
      return AuditEvent.NONE;
    }
    AuditPolicy.Choice choice = policy.choose(user, verb, target);
    levels.get(choice.level()).increment();
    if (choice.level() == AuditLevel.NONE) {
      return AuditEvent.NONE;
    }
    AuditEvent event =
        new AuditEvent(
            this, choice, origins.origin(), user, impersonated, verb, target, clock.instant());
    event.reached(AuditStage.REQUEST_RECEIVED);
    return event;
  }

  /** A new id for a request; unique, but no secret, so it need not be unpredictable. */
  public static String newId() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long high = (random.nextLong() & 0xffffffffffff0fffL) | 0x4000L;
    long low = (random.nextLong() & 0x3fffffffffffffffL) | 0x8000000000000000L;
    return new UUID(high, low).toString();
  }

  Instant now() {
    return clock.instant();
  }

  void write(AuditEvent.Moment moment) {
    events.increment();
    file.offer(moment);
  }

  @Override
  public void write(Exposition out) {
    out.counter("apiserver_audit_event_total", "Audit events made.");
    out.value("apiserver_audit_event_total", "", events.sum());
    out.counter("apiserver_audit_level_total", "Requests by how much of them is kept.");
    levels.forEach(
        (level, count) ->
            out.value(
                "apiserver_audit_level_total",
                Exposition.label("level", level.text()),
                count.sum()));
    out.counter("apiserver_audit_error_total", "Audit events that were lost.");
    out.value("apiserver_audit_error_total", "plugin=\"log\"", file == null ? 0 : file.dropped());
    out.counter("apiserver_audit_requests_rejected_total", "Requests refused for want of audit.");
    out.value("apiserver_audit_requests_rejected_total", "", 0);
  }

  /** Writes what waits. */
  @Override
  public void close() {
    if (file != null) {
      file.close();
    }
  }
}
