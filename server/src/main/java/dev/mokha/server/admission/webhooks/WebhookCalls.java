package dev.mokha.server.admission.webhooks;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.server.admission.AdmissionRequest;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import dev.mokha.server.admission.matching.Form;
import dev.mokha.server.admission.matching.ObjectForms;
import dev.mokha.server.admission.webhooks.WebhookMetrics.Cause;
import dev.mokha.server.webhook.WebhookClient;
import dev.mokha.server.webhook.WebhookFailure;
import java.util.UUID;
import tools.jackson.databind.node.ObjectNode;

/** Asks one webhook about one request. */
final class WebhookCalls {
  private static final int LEAST_REFUSAL = 400;
  private static final int FAILURE_CODE = 500;

  private final WebhookClient client;
  private final ObjectForms forms;
  private final boolean mutating;
  private final WebhookMetrics metrics;

  /**
   * Calls through that client.
   *
   * @param mutating whether answers may have a patch
   */
  WebhookCalls(WebhookClient client, ObjectForms forms, boolean mutating, WebhookMetrics metrics) {
    this.metrics = requireNonNull(metrics, "metrics");
    this.client = requireNonNull(client, "client");
    this.forms = requireNonNull(forms, "forms");
    this.mutating = mutating;
  }

  ObjectForms forms() {
    return forms;
  }

  /**
   * Its answer, which may be a refusal.
   *
   * @throws WebhookFailure when it could not be asked; the message names it
   * @throws StatusException when it must not be asked
   */
  Review.Answer ask(Webhook webhook, AdmissionRequest request, Form form) throws WebhookFailure {
    long begun = System.nanoTime();
    Operation operation = request.operation();
    try {
      Review.Answer answer = call(webhook, request, form);
      long nanos = System.nanoTime() - begun;
      if (answer.allowed()) {
        metrics.passed(webhook, mutating, operation, nanos);
      } else {
        metrics.rejected(webhook, mutating, operation, Cause.REFUSED, code(answer), nanos);
      }
      return answer;
    } catch (WebhookFailure e) {
      long nanos = System.nanoTime() - begun;
      if (webhook.failsClosed()) {
        metrics.rejected(webhook, mutating, operation, Cause.NOT_CALLED, FAILURE_CODE, nanos);
      } else {
        metrics.ignored(webhook, mutating, operation, FAILURE_CODE, nanos);
      }
      throw e;
    } catch (StatusException e) {
      metrics.rejected(webhook, mutating, operation, Cause.INTERNAL, 0, System.nanoTime() - begun);
      throw e;
    }
  }

  private Review.Answer call(Webhook webhook, AdmissionRequest request, Form form)
      throws WebhookFailure {
    if (request.dryRun() && !webhook.dryRunSafe()) {
      throw StatusException.badRequest(
          "admission webhook \"%s\" does not support dry run".formatted(webhook.name()));
    }
    String uid = UUID.randomUUID().toString();
    byte[] body;
    try {
      if (webhook.target() == null) {
        throw new WebhookFailure(webhook.unusable());
      }
      if (webhook.reviewVersion().isEmpty()) {
        throw new WebhookFailure(
            "webhook does not accept known AdmissionReview versions (v1, v1beta1)");
      }
      body =
          client.post(
              webhook.target(),
              Review.of(
                  webhook.reviewVersion(),
                  uid,
                  request,
                  form,
                  forms.object(request, form),
                  forms.old(request, form)),
              webhook.timeout(),
              WebhookClient.MOST_BYTES);
    } catch (WebhookFailure e) {
      throw failed(webhook, "failed to call webhook: " + e.getMessage(), e);
    }
    try {
      return Review.read(body, webhook.reviewVersion(), uid, mutating);
    } catch (WebhookFailure e) {
      throw failed(webhook, "received invalid webhook response: " + e.getMessage(), e);
    }
  }

  static WebhookFailure failed(Webhook webhook, String why, Throwable cause) {
    return new WebhookFailure(
        "failed calling webhook \"%s\": %s".formatted(webhook.name(), why), cause);
  }

  /** What an answer says beside yes or no goes to the client and into the audit event. */
  static void tell(Webhook webhook, AdmissionRequest request, Review.Answer answer) {
    answer.annotations().forEach((k, v) -> request.annotate(webhook.name() + "/" + k, v));
    answer.warnings().forEach(request::warn);
  }

  /** The refusal in the webhook's own words, behind its name. */
  static StatusException refusal(Webhook webhook, Review.Answer answer) {
    ObjectNode status = answer.status().deepCopy();
    String denied = "admission webhook \"%s\" denied the request".formatted(webhook.name());
    String message = status.path("message").asString("");
    String reason = status.path("reason").asString("");
    String why = message.isEmpty() ? reason : message;
    status.put("kind", "Status").put("apiVersion", "v1");
    if (!status.has("metadata")) {
      status.putObject("metadata");
    }
    String outcome = status.path("status").asString("");
    if (outcome.isEmpty() || outcome.equals("Success")) {
      status.put("status", "Failure");
    }
    status.put("message", why.isEmpty() ? denied + " without explanation" : denied + ": " + why);
    // A refusal must look like one, whatever the webhook says.
    status.put("code", code(answer));
    return StatusException.given(status);
  }

  private static int code(Review.Answer answer) {
    return Math.max(LEAST_REFUSAL, Math.min(599, answer.status().path("code").asInt(0)));
  }
}
