package dev.mokha.server.rest;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusException.Details;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.selector.LabelSelector;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.pipeline.ApiCall.NoBody;
import dev.mokha.server.pipeline.ApiCall.ObjectBody;
import dev.mokha.server.storage.ObjectStorage;
import dev.mokha.server.storage.ObjectStorage.WriteConflict;
import dev.mokha.server.storage.StorageResource;
import dev.mokha.server.storage.StoredObject;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code pods/eviction}: deletes a pod, but only when the PodDisruptionBudgets over it allow one
 * disruption more. The budget is charged before the pod goes, so that two evictions at once can't
 * both use the last one.
 */
final class EvictionSubresource implements Subresource {
  private static final GroupVersionKind EVICTION = new GroupVersionKind("policy", "v1", "Eviction");
  private static final int ATTEMPTS = 32;

  private final ObjectStorage storage;
  private final ServedResource pods;
  private final StorageResource budgets;
  private final AdmissionChain admission;
  private final Deleter deleter;
  private final InstantSource clock;

  EvictionSubresource(
      ObjectStorage storage,
      ServedResource pods,
      StorageResource budgets,
      AdmissionChain admission,
      Deleter deleter,
      InstantSource clock) {
    this.storage = requireNonNull(storage, "storage");
    this.pods = requireNonNull(pods, "pods");
    this.budgets = requireNonNull(budgets, "budgets");
    this.admission = requireNonNull(admission, "admission");
    this.deleter = requireNonNull(deleter, "deleter");
    this.clock = requireNonNull(clock, "clock");
  }

  @Override
  public Answer handle(ApiCall call) {
    if (!call.verb().equals("create")) {
      throw RestHandler.methodNotAllowed(call);
    }
    ObjectNode eviction = call.object();
    String named = Metadata.text(eviction, "name");
    if (!named.isEmpty() && !named.equals(call.name())) {
      throw StatusException.badRequest("name in URL does not match name in Eviction object");
    }
    admission.admit(call, Operation.CREATE, EVICTION, call.name(), eviction);
    StoredObject pod =
        storage.cache().find(pods.storage(), pods.storage().key(call.namespace(), call.name()));
    if (pod == null) {
      throw StatusException.notFound("", "pods", call.name());
    }
    ObjectNode tree = pod.object().toTree();
    if (!goesAnyway(pod.object(), tree)) {
      charge(call, pod.object(), tree);
    }
    JsonNode options = eviction.path("deleteOptions");
    ApiCall delete =
        new ApiCall(
            call.user(),
            "delete",
            pods,
            "",
            call.namespace(),
            call.name(),
            "",
            call.query(),
            call.fieldManager(),
            options instanceof ObjectNode o ? new ObjectBody(o) : NoBody.INSTANCE,
            call.warnings(),
            call.audit());
    deleter.evict(delete);
    return Statuses.success(201);
  }

  /** A pod that does not serve can't disrupt anything. */
  private static boolean goesAnyway(KubeObject pod, ObjectNode tree) {
    String phase = tree.path("status").path("phase").asString("");
    return pod.isDeleting()
        || phase.equals("Succeeded")
        || phase.equals("Failed")
        || phase.equals("Pending");
  }

  private static boolean isReady(ObjectNode pod) {
    for (JsonNode c : pod.path("status").path("conditions")) {
      if (c.path("type").asString("").equals("Ready")) {
        return c.path("status").asString("").equals("True");
      }
    }
    return false;
  }

  private void charge(ApiCall call, KubeObject pod, ObjectNode tree) {
    List<String> over = new ArrayList<>();
    for (KubeObject budget :
        storage.cache().list(budgets.group(), budgets.resource(), pod.namespace())) {
      JsonNode selector = budget.toTree().path("spec").path("selector");
      if (LabelSelector.ofObject(selector).matches(pod.labels())) {
        over.add(budget.name());
      }
    }
    if (over.isEmpty()) {
      return;
    }
    if (over.size() > 1) {
      throw new StatusException(
          StatusReason.INTERNAL_ERROR,
          "This pod has more than one PodDisruptionBudget, which the eviction subresource does not"
              + " support.",
          Details.NONE);
    }
    for (int attempt = 1; ; attempt++) {
      try {
        charge(call, pod, tree, over.get(0));
        return;
      } catch (WriteConflict e) {
        if (attempt == ATTEMPTS) {
          throw blocked(
              "Cannot evict pod as it would violate the pod's disruption budget.",
              "The disruption budget %s is changed by many at once.".formatted(over.get(0)),
              1);
        }
      }
    }
  }

  private void charge(ApiCall call, KubeObject pod, ObjectNode tree, String name) {
    StoredObject stored = storage.cache().find(budgets, budgets.key(pod.namespace(), name));
    if (stored == null) {
      return;
    }
    ObjectNode budget = stored.object().toTree();
    JsonNode status = budget.path("status");
    if (!isReady(tree)) {
      String policy = budget.path("spec").path("unhealthyPodEvictionPolicy").asString("");
      boolean healthyEnough =
          status.path("currentHealthy").asInt(0) >= status.path("desiredHealthy").asInt(0)
              && status.path("desiredHealthy").asInt(0) > 0;
      if (policy.equals("AlwaysAllow") || healthyEnough) {
        return;
      }
    }
    if (status.path("observedGeneration").asLong(0) < stored.object().generation()) {
      throw blocked(
          "Cannot evict pod as it would violate the pod's disruption budget.",
          "The disruption budget %s is still being processed by the server.".formatted(name),
          10);
    }
    int allowed = status.path("disruptionsAllowed").asInt(0);
    if (allowed <= 0) {
      throw blocked(
          "Cannot evict pod as it would violate the pod's disruption budget.",
          "The disruption budget %s needs %d healthy pods and has %d currently"
              .formatted(
                  name,
                  status.path("desiredHealthy").asInt(0),
                  status.path("currentHealthy").asInt(0)),
          0);
    }
    if (call.dryRun()) {
      return;
    }
    ObjectNode changed = budget.withObject("/status");
    changed.put("disruptionsAllowed", allowed - 1);
    JsonNode disrupted = changed.get("disruptedPods");
    ObjectNode pods = disrupted instanceof ObjectNode o ? o : changed.putObject("disruptedPods");
    pods.put(pod.name(), Times.of(clock.instant()));
    storage.update(budgets, stored, budget);
  }

  private static StatusException blocked(String message, String cause, int retryAfter) {
    return new StatusException(
        StatusReason.TOO_MANY_REQUESTS,
        message,
        new Details(
            "", "", "", "", List.of(new StatusCause("DisruptionBudget", cause, "")), retryAfter));
  }
}
