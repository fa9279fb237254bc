package dev.mokha.server.admission;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.ApiClient;
import dev.mokha.client.metrics.MetricSource;
import dev.mokha.server.admission.expressions.RequestVariables;
import dev.mokha.server.admission.expressions.WebhookConditions;
import dev.mokha.server.admission.matching.MatchConditions;
import dev.mokha.server.admission.matching.ObjectForms;
import dev.mokha.server.admission.matching.ServedKinds;
import dev.mokha.server.admission.policies.MutatingPolicies;
import dev.mokha.server.admission.policies.PolicyMetrics;
import dev.mokha.server.admission.policies.PolicyStatusLoop;
import dev.mokha.server.admission.policies.ValidatingPolicies;
import dev.mokha.server.admission.webhooks.MutatingWebhooks;
import dev.mokha.server.admission.webhooks.ValidatingWebhooks;
import dev.mokha.server.admission.webhooks.WebhookMetrics;
import dev.mokha.server.authorization.Authorizer;
import dev.mokha.server.services.ServiceEndpoints;
import dev.mokha.server.storage.ObjectReader;
import dev.mokha.server.webhook.WebhookClient;
import java.util.ArrayList;
import java.util.List;

/**
 * The part of admission that users configure: webhooks and admission policies. They come after all
 * plug-ins that are built in, but for those that count what is stored in the end.
 */
public final class DynamicAdmission implements AutoCloseable {
  private final WebhookClient client;
  private final ObjectReader objects;
  private final ServedKinds kinds;
  private final WebhookMetrics webhookMetrics = new WebhookMetrics();
  private final PolicyMetrics policyMetrics = new PolicyMetrics();
  private volatile PolicyStatusLoop status;

  /** What is configured by these objects. */
  public DynamicAdmission(ObjectReader objects, ServedKinds kinds) {
    this.objects = requireNonNull(objects, "objects");
    this.kinds = requireNonNull(kinds, "kinds");
    client = new WebhookClient(new ServiceEndpoints(objects));
  }

  /** Calls webhooks. */
  public WebhookClient webhooks() {
    return client;
  }

  /** What webhooks and policies did. */
  public MetricSource metrics() {
    return out -> {
      webhookMetrics.write(out);
      policyMetrics.write(out);
    };
  }

  /**
   * The whole chain: the built-in plug-ins with these at their place among them.
   *
   * @param authorizer whom expressions may ask
   */
  public List<AdmissionPlugin> into(List<AdmissionPlugin> builtIn, Authorizer authorizer) {
    RequestVariables variables = new RequestVariables(new ObjectForms(kinds), objects, authorizer);
    MatchConditions.Factory conditions = new WebhookConditions(variables);
    List<AdmissionPlugin> plugins =
        List.of(
            new MutatingPolicies(objects, kinds, variables),
            new MutatingWebhooks(objects, kinds, conditions, client, webhookMetrics),
            new ValidatingPolicies(objects, kinds, variables, policyMetrics),
            new ValidatingWebhooks(objects, kinds, conditions, client, webhookMetrics));
    List<AdmissionPlugin> all = new ArrayList<>();
    builtIn.stream().filter(p -> !p.isLast()).forEach(all::add);
    all.addAll(plugins);
    builtIn.stream().filter(AdmissionPlugin::isLast).forEach(all::add);
    return List.copyOf(all);
  }

  /** Begins to tell in their status what type checking finds in policies. */
  public void start(ApiClient writer) {
    status = new PolicyStatusLoop(objects, kinds, writer);
    status.start();
  }

  /** Policies may have changed. */
  public void wake() {
    PolicyStatusLoop loop = status;
    if (loop != null) {
      loop.wake();
    }
  }

  @Override
  public void close() {
    if (status != null) {
      status.close();
    }
    client.close();
  }
}
