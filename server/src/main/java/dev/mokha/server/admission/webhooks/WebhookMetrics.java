package dev.mokha.server.admission.webhooks;

import dev.mokha.client.metrics.Exposition;
import dev.mokha.client.metrics.Histogram;
import dev.mokha.client.metrics.MetricSource;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** How webhooks are called, how long that takes, and what comes of it. */
public final class WebhookMetrics implements MetricSource {
  private static final String PREFIX = "apiserver_admission_webhook_";
  private static final double[] SECONDS = {0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25};
  private static final int HIGHEST_CODE = 600;

  /** Why a request did not pass. */
  enum Cause {
    /** The webhook said no. */
    REFUSED("no_error"),
    /** It could not be asked, or did not answer as it should. */
    NOT_CALLED("calling_webhook_error"),
    /** The server would not ask it. */
    INTERNAL("apiserver_internal_error");

    private final String text;

    Cause(String text) {
      this.text = text;
    }
  }

  /** What is counted apart; webhooks are as many as users configure. */
  private record Asked(String name, String type, Operation operation, boolean rejected) {
    String labels() {
      return Exposition.label("name", name)
          + ",operation=\""
          + operation
          + "\",rejected=\""
          + rejected
          + "\",type=\""
          + type
          + "\"";
    }
  }

  private record Coded(Asked asked, int code) {}

  private record Rejected(String name, String type, Operation operation, Cause cause, int code) {}

  private record Ignored(String name, String type) {}

  private final Map<Asked, Histogram> durations = new ConcurrentHashMap<>();
  private final Map<Coded, LongAdder> requests = new ConcurrentHashMap<>();
  private final Map<Rejected, LongAdder> rejections = new ConcurrentHashMap<>();
  private final Map<Ignored, LongAdder> failedOpen = new ConcurrentHashMap<>();

  private static String type(boolean mutating) {
    return mutating ? "admit" : "validating";
  }

  private void asked(Asked asked, int code, long nanos) {
    durations.computeIfAbsent(asked, k -> Histogram.ofSeconds(SECONDS)).add(nanos);
    requests
        .computeIfAbsent(new Coded(asked, Math.min(code, HIGHEST_CODE)), k -> new LongAdder())
        .increment();
  }

  /** It let the request pass. */
  void passed(Webhook webhook, boolean mutating, Operation operation, long nanos) {
    asked(new Asked(webhook.name(), type(mutating), operation, false), 200, nanos);
  }

  /** The request does not pass. */
  void rejected(
      Webhook webhook, boolean mutating, Operation operation, Cause cause, int code, long nanos) {
    String type = type(mutating);
    asked(new Asked(webhook.name(), type, operation, true), code, nanos);
    rejections
        .computeIfAbsent(
            new Rejected(webhook.name(), type, operation, cause, Math.min(code, HIGHEST_CODE)),
            k -> new LongAdder())
        .increment();
  }

  /** It could not be asked, and that does not matter. */
  void ignored(Webhook webhook, boolean mutating, Operation operation, int code, long nanos) {
    String type = type(mutating);
    asked(new Asked(webhook.name(), type, operation, false), code, nanos);
    failedOpen.computeIfAbsent(new Ignored(webhook.name(), type), k -> new LongAdder()).increment();
  }

  @Override
  public void write(Exposition out) {
    out.histogram(PREFIX + "admission_duration_seconds", "How long webhooks took, in seconds.");
    durations.forEach((k, h) -> h.write(out, PREFIX + "admission_duration_seconds", k.labels()));
    out.counter(PREFIX + "request_total", "Calls of webhooks.");
    requests.forEach(
        (k, n) ->
            out.value(
                PREFIX + "request_total", "code=\"" + k.code + "\"," + k.asked.labels(), n.sum()));
    out.counter(PREFIX + "rejection_count", "Requests that did not pass for a webhook.");
    rejections.forEach(
        (k, n) ->
            out.value(
                PREFIX + "rejection_count",
                "error_type=\""
                    + k.cause.text
                    + "\","
                    + Exposition.label("name", k.name)
                    + ",operation=\""
                    + k.operation
                    + "\",rejection_code=\""
                    + k.code
                    + "\",type=\""
                    + k.type
                    + "\"",
                n.sum()));
    out.counter(PREFIX + "fail_open_count", "Requests that passed though a webhook failed.");
    failedOpen.forEach(
        (k, n) ->
            out.value(
                PREFIX + "fail_open_count",
                Exposition.label("name", k.name) + ",type=\"" + k.type + "\"",
                n.sum()));
  }
}
