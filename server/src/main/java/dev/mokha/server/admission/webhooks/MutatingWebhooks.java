package dev.mokha.server.admission.webhooks;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.patch.JsonPatch;
import dev.mokha.server.admission.AdmissionPlugin;
import dev.mokha.server.admission.AdmissionRequest;
import dev.mokha.server.admission.matching.Form;
import dev.mokha.server.admission.matching.MatchConditions;
import dev.mokha.server.admission.matching.ObjectForms;
import dev.mokha.server.admission.matching.ServedKinds;
import dev.mokha.server.storage.ObjectReader;
import dev.mokha.server.webhook.WebhookClient;
import dev.mokha.server.webhook.WebhookFailure;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Calls mutating webhooks, one after the other, in the order of their configurations' names; each
 * sees what those before it have made of the object.
 *
 * <p>When one changes the object, all mutating plug-ins run again, once; of the webhooks only those
 * that were called before the change and wish it ({@code reinvocationPolicy: IfNeeded}).
 */
public final class MutatingWebhooks implements AdmissionPlugin {
  private static final Logger log = LoggerFactory.getLogger(MutatingWebhooks.class);

  private final WebhookSet webhooks;
  private final WebhookCalls calls;

  /** Plug-in for the configurations among these objects. */
  public MutatingWebhooks(
      ObjectReader objects,
      ServedKinds kinds,
      MatchConditions.Factory conditions,
      WebhookClient client,
      WebhookMetrics metrics) {
    webhooks =
        new WebhookSet(requireNonNull(objects), kinds, conditions, "mutatingwebhookconfigurations");
    calls = new WebhookCalls(client, new ObjectForms(kinds), true, metrics);
  }

  /** What is remembered of a request between the rounds. */
  private static final class Rounds {
    final Set<String> called = new HashSet<>();
    final Set<String> due = new HashSet<>();
    ObjectNode after;

    /** The object has changed: whoever has seen it before may want to see it again. */
    void changed() {
      due.addAll(called);
      called.clear();
    }
  }

  @Override
  public String name() {
    return "MutatingAdmissionWebhook";
  }

  @Override
  public boolean handles(AdmissionRequest request) {
    return webhooks.mayMean(request);
  }

  @Override
  public void mutate(AdmissionRequest request) {
    Rounds rounds = request.memory(this, Rounds::new);
    if (request.again() && request.object() != null && !request.object().equals(rounds.after)) {
      rounds.changed();
    }
    for (Webhook webhook : webhooks.all()) {
      String id = webhook.configuration() + "/" + webhook.name();
      if (request.again() && !rounds.due.contains(id)) {
        continue;
      }
      Optional<Form> form = webhooks.meant(webhook, request);
      if (form.isPresent()) {
        call(webhook, request, form.get(), rounds);
        if (webhook.reinvocable()) {
          rounds.called.add(id);
        }
      }
    }
    if (request.object() != null && !request.again()) {
      rounds.after = request.object().deepCopy();
    }
  }

  private void call(Webhook webhook, AdmissionRequest request, Form form, Rounds rounds) {
    int round = request.again() ? 1 : 0;
    String place = "round_%d_index_%d".formatted(round, webhook.index());
    try {
      Review.Answer answer = calls.ask(webhook, request, form);
      WebhookCalls.tell(webhook, request, answer);
      if (!answer.allowed()) {
        throw WebhookCalls.refusal(webhook, answer);
      }
      boolean changed = apply(webhook, request, form, answer);
      if (changed) {
        rounds.changed();
        request.wantAgain();
      }
      request.annotate(
          "mutation.webhook.admission.k8s.io/" + place,
          "{\"configuration\":\"%s\",\"webhook\":\"%s\",\"mutated\":%b}"
              .formatted(webhook.configuration(), webhook.name(), changed));
    } catch (WebhookFailure e) {
      if (webhook.failsClosed()) {
        log.warn("{}, failing closed", e.getMessage());
        throw StatusException.internal(e.getMessage());
      }
      log.warn("{}, failing open", e.getMessage());
      request.annotate("failed-open.mutation.webhook.admission.k8s.io/" + place, webhook.name());
    }
  }

  /** True when the patch changed anything. */
  private boolean apply(Webhook webhook, AdmissionRequest request, Form form, Review.Answer answer)
      throws WebhookFailure {
    if (answer.patch().length == 0) {
      return false;
    }
    if (!answer.patchType().equals("JSONPatch")) {
      throw WebhookCalls.failed(
          webhook, "unsupported patch type \"%s\"".formatted(answer.patchType()), null);
    }
    if (request.object() == null) {
      if (isEmptyPatch(answer.patch())) {
        return false;
      }
      throw StatusException.internal(
          "admission webhook \"%s\" attempted to modify the object, which is not supported for this operation"
              .formatted(webhook.name()));
    }
    ObjectNode before = request.object().deepCopy();
    try {
      ObjectNode patched = JsonPatch.apply(calls.forms().object(request, form), answer.patch());
      calls.forms().replace(request, form, patched);
    } catch (StatusException e) {
      // The webhook's fault, not the client's.
      throw StatusException.internal(e.getMessage());
    }
    return !request.object().equals(before);
  }

  private static boolean isEmptyPatch(byte[] patch) {
    try {
      return Json.MAPPER.readTree(patch).isEmpty();
    } catch (tools.jackson.core.JacksonException e) {
      return false;
    }
  }
}
