package dev.mokha.server.admission.webhooks;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.server.admission.AdmissionPlugin;
import dev.mokha.server.admission.AdmissionRequest;
import dev.mokha.server.admission.matching.Form;
import dev.mokha.server.admission.matching.MatchConditions;
import dev.mokha.server.admission.matching.ObjectForms;
import dev.mokha.server.admission.matching.ServedKinds;
import dev.mokha.server.storage.ObjectReader;
import dev.mokha.server.webhook.WebhookClient;
import dev.mokha.server.webhook.WebhookFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls validating webhooks, all at once; the first refusal in the order of their names is the
 * answer.
 */
public final class ValidatingWebhooks implements AdmissionPlugin {
  private static final Logger log = LoggerFactory.getLogger(ValidatingWebhooks.class);
  private static final Executor THREADS =
      task -> Thread.ofVirtual().name("validating-webhook").start(task);

  private final WebhookSet webhooks;
  private final WebhookCalls calls;

  /** Plug-in for the configurations among these objects. */
  public ValidatingWebhooks(
      ObjectReader objects,
      ServedKinds kinds,
      MatchConditions.Factory conditions,
      WebhookClient client,
      WebhookMetrics metrics) {
    webhooks =
        new WebhookSet(
            requireNonNull(objects), kinds, conditions, "validatingwebhookconfigurations");
    calls = new WebhookCalls(client, new ObjectForms(kinds), false, metrics);
  }

  /** What became of one call. */
  private sealed interface Outcome {
    record Answered(Review.Answer answer) implements Outcome {}

    record Failed(WebhookFailure why) implements Outcome {}

    record Refused(StatusException why) implements Outcome {}
  }

  private record Due(Webhook webhook, Form form) {}

  @Override
  public String name() {
    return "ValidatingAdmissionWebhook";
  }

  @Override
  public boolean handles(AdmissionRequest request) {
    return webhooks.mayMean(request);
  }

  @Override
  public void validate(AdmissionRequest request) {
    List<Due> due = new ArrayList<>();
    for (Webhook webhook : webhooks.all()) {
      Optional<Form> form = webhooks.meant(webhook, request);
      form.ifPresent(f -> due.add(new Due(webhook, f)));
    }
    if (due.isEmpty()) {
      return;
    }
    request.options(); // Made once, before several threads look at it.
    List<Supplier<Outcome>> outcomes = new ArrayList<>();
    for (Due d : due.subList(1, due.size())) {
      CompletableFuture<Outcome> call =
          CompletableFuture.supplyAsync(() -> ask(d, request), THREADS);
      outcomes.add(call::join);
    }
    // One of them, mostly the only one, on this thread.
    Outcome first = ask(due.getFirst(), request);
    outcomes.addFirst(() -> first);
    StatusException refusal = null;
    for (int i = 0; i < due.size(); i++) {
      StatusException why = judge(due.get(i), request, outcomes.get(i).get());
      refusal = refusal == null ? why : refusal;
    }
    if (refusal != null) {
      throw refusal;
    }
  }

  private Outcome ask(Due due, AdmissionRequest request) {
    try {
      return new Outcome.Answered(calls.ask(due.webhook, request, due.form));
    } catch (WebhookFailure e) {
      return new Outcome.Failed(e);
    } catch (StatusException e) {
      return new Outcome.Refused(e);
    }
  }

  /** Null when the request may go on. */
  private static StatusException judge(Due due, AdmissionRequest request, Outcome outcome) {
    Webhook webhook = due.webhook;
    return switch (outcome) {
      case Outcome.Refused refused -> refused.why;
      case Outcome.Answered answered -> {
        WebhookCalls.tell(webhook, request, answered.answer);
        yield answered.answer.allowed() ? null : WebhookCalls.refusal(webhook, answered.answer);
      }
      case Outcome.Failed failed -> {
        if (webhook.failsClosed()) {
          log.warn("{}, failing closed", failed.why.getMessage());
          yield StatusException.internal(failed.why.getMessage());
        }
        log.warn("{}, failing open", failed.why.getMessage());
        request.annotate(
            "failed-open.validating.webhook.admission.k8s.io/round_0_index_" + webhook.index(),
            webhook.name());
        yield null;
      }
    };
  }
}
