package dev.mokha.server.admission.webhooks;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.server.admission.AdmissionRequest;
import dev.mokha.server.admission.matching.AdmissionKinds;
import dev.mokha.server.admission.matching.Form;
import dev.mokha.server.admission.matching.Kept;
import dev.mokha.server.admission.matching.MatchConditions;
import dev.mokha.server.admission.matching.MatchCriteria;
import dev.mokha.server.admission.matching.ServedKinds;
import dev.mokha.server.storage.ObjectReader;
import dev.mokha.server.webhook.WebhookFailure;
import dev.mokha.server.webhook.WebhookTarget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** All webhooks of one kind of configuration, in the order of the configurations' names. */
final class WebhookSet {
  private static final int DEFAULT_SECONDS = 10;

  private final ObjectReader objects;
  private final ServedKinds kinds;
  private final MatchConditions.Factory conditions;
  private final String resource;
  private final Kept<List<Webhook>> webhooks;

  /** The webhooks of that resource's objects. */
  WebhookSet(
      ObjectReader objects,
      ServedKinds kinds,
      MatchConditions.Factory conditions,
      String resource) {
    this.objects = requireNonNull(objects, "objects");
    this.kinds = requireNonNull(kinds, "kinds");
    this.conditions = requireNonNull(conditions, "conditions");
    this.resource = requireNonNull(resource, "resource");
    this.webhooks = new Kept<>(objects.changes(AdmissionKinds.GROUP, resource), this::compile);
  }

  private List<Webhook> compile() {
    List<Webhook> all = new ArrayList<>();
    for (KubeObject configuration : objects.list(AdmissionKinds.GROUP, resource, "")) {
      for (JsonNode webhook : configuration.toTree().path("webhooks")) {
        all.add(compile(configuration.name(), webhook, all.size()));
      }
    }
    return List.copyOf(all);
  }

  private Webhook compile(String configuration, JsonNode webhook, int index) {
    WebhookTarget target = null;
    String unusable = "";
    try {
      target = WebhookTarget.of(webhook.path("clientConfig"));
    } catch (WebhookFailure e) {
      unusable = e.getMessage();
    }
    boolean failsClosed = !webhook.path("failurePolicy").asString("").equals("Ignore");
    String effects = webhook.path("sideEffects").asString("");
    return new Webhook(
        configuration,
        webhook.path("name").asString(""),
        index,
        MatchCriteria.ofWebhook(webhook, kinds),
        conditions.compile(webhook.path("matchConditions"), failsClosed),
        target,
        unusable,
        reviewVersion(webhook.path("admissionReviewVersions")),
        Duration.ofSeconds(webhook.path("timeoutSeconds").asInt(DEFAULT_SECONDS)),
        failsClosed,
        effects.equals("None") || effects.equals("NoneOnDryRun"),
        webhook.path("reinvocationPolicy").asString("").equals("IfNeeded"));
  }

  private static String reviewVersion(JsonNode versions) {
    for (JsonNode version : versions) {
      if (version.asString("").equals("v1") || version.asString("").equals("v1beta1")) {
        return version.asString();
      }
    }
    return "";
  }

  /** False when none can be meant: nothing but a few lookups, for every write. */
  boolean mayMean(AdmissionRequest request) {
    List<Webhook> all = webhooks.get();
    if (all.isEmpty() || AdmissionKinds.isMeant(request)) {
      return false;
    }
    for (Webhook webhook : all) {
      if (webhook.criteria().mayMean(request)) {
        return true;
      }
    }
    return false;
  }

  /** All of them, in order. */
  List<Webhook> all() {
    return webhooks.get();
  }

  /**
   * The form in which a webhook sees the request; empty when it is not to be called.
   *
   * @throws dev.mokha.api.error.StatusException when that can't be told
   */
  Optional<Form> meant(Webhook webhook, AdmissionRequest request) {
    Optional<Form> form = webhook.criteria().find(request);
    if (form.isEmpty() || !webhook.criteria().chosen(request, objects)) {
      return Optional.empty();
    }
    return form.filter(f -> webhook.conditions().hold(request, f));
  }
}
