package dev.mokha.server.admission.policies;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.object.Json;
import dev.mokha.api.patch.JsonPatch;
import dev.mokha.cel.CostBudget;
import dev.mokha.cel.value.Values;
import dev.mokha.server.admission.AdmissionPlugin;
import dev.mokha.server.admission.AdmissionRequest;
import dev.mokha.server.admission.expressions.ExpressionFailure;
import dev.mokha.server.admission.expressions.RequestVariables;
import dev.mokha.server.admission.matching.Form;
import dev.mokha.server.admission.matching.ServedKinds;
import dev.mokha.server.admission.policies.Policy.Mutation;
import dev.mokha.server.storage.ObjectReader;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Changes objects by {@code MutatingAdmissionPolicy}s and their bindings, one after the other;
 * those that wish it run again when others changed the object after them.
 */
public final class MutatingPolicies implements AdmissionPlugin {
  private final ObjectReader objects;
  private final RequestVariables variables;
  private final PolicySet policies;
  private final Params params;
  private final ApplyConfigurations configurations;

  /** Plug-in for the policies among these objects. */
  public MutatingPolicies(ObjectReader objects, ServedKinds kinds, RequestVariables variables) {
    this.objects = requireNonNull(objects, "objects");
    this.variables = requireNonNull(variables, "variables");
    this.params = new Params(objects, kinds);
    this.configurations = new ApplyConfigurations(kinds);
    this.policies =
        new PolicySet(
            objects, kinds, "mutatingadmissionpolicies", "mutatingadmissionpolicybindings");
  }

  /** What is remembered of a request between the rounds. */
  private static final class Rounds {
    final Set<String> ran = new HashSet<>();
    final Set<String> due = new HashSet<>();
    ObjectNode after;

    void changed() {
      due.addAll(ran);
      ran.clear();
    }
  }

  @Override
  public String name() {
    return "MutatingAdmissionPolicy";
  }

  @Override
  public boolean handles(AdmissionRequest request) {
    return request.operation() != AdmissionRequest.Operation.DELETE && policies.mayMean(request);
  }

  @Override
  public void mutate(AdmissionRequest request) {
    Rounds rounds = request.memory(this, Rounds::new);
    if (request.again() && !request.object().equals(rounds.after)) {
      rounds.changed();
    }
    for (PolicySet.Bound bound : policies.all()) {
      Policy policy = bound.policy();
      Optional<Form> form = policy.criteria().find(request);
      if (form.isPresent() && policy.criteria().chosen(request, objects)) {
        for (Binding binding : bound.bindings()) {
          run(policy, binding, request, form.get(), rounds);
        }
      }
    }
    if (!request.again()) {
      rounds.after = request.object().deepCopy();
    }
  }

  private void run(
      Policy policy, Binding binding, AdmissionRequest request, Form form, Rounds rounds) {
    if (binding.criteria() != null
        && (binding.criteria().find(request).isEmpty()
            || !binding.criteria().chosen(request, objects))) {
      return;
    }
    List<JsonNode> all;
    try {
      all = params.of(policy, binding, request);
    } catch (Params.Unusable e) {
      fail(policy, binding, request, "failed to configure binding: " + e.getMessage());
      return;
    }
    for (JsonNode param : all) {
      String id =
          policy.name()
              + "/"
              + binding.name()
              + "/"
              + param.path("metadata").path("namespace").asString("")
              + "/"
              + param.path("metadata").path("name").asString("");
      if (request.again() && !rounds.due.contains(id)) {
        continue;
      }
      if (mutate(policy, binding, request, form, param)) {
        rounds.changed();
        request.wantAgain();
      }
      if (policy.reinvocable()) {
        rounds.ran.add(id);
      }
    }
  }

  /** True when the object has changed. */
  private boolean mutate(
      Policy policy, Binding binding, AdmissionRequest request, Form form, JsonNode param) {
    ObjectNode before = request.object().deepCopy();
    try {
      Map<String, Object> values = variables.of(request, form, true);
      values.put("params", param);
      if (!policy.conditions().isEmpty() && !policy.conditions().hold(values)) {
        return false;
      }
      CostBudget budget = CostBudget.forObject();
      for (Mutation mutation : policy.mutations()) {
        // What a mutation before has changed, this one sees, and so do the variables.
        Map<String, Object> now = variables.of(request, form, true);
        now.put("params", param);
        new VariableValues(policy.variables(), now, budget);
        Object made = mutation.expression().evaluate(now, budget);
        ObjectNode object = variables.forms().object(request, form);
        ObjectNode changed =
            mutation.applies()
                ? configurations.apply(form, object.deepCopy(), Values.toJson(made))
                : JsonPatch.apply(object, Json.bytes(patch(Values.toJson(made))));
        variables.forms().replace(request, form, changed);
      }
    } catch (ExpressionFailure | StatusException e) {
      request.object().removeAll();
      request.object().setAll(before);
      fail(policy, binding, request, e.getMessage());
      return false;
    }
    return !request.object().equals(before);
  }

  /** Operations without the fields that were not set. */
  private static JsonNode patch(JsonNode operations) {
    for (JsonNode operation : operations) {
      if (operation instanceof ObjectNode o && !o.has("value") && needsValue(o)) {
        o.putNull("value");
      }
    }
    return operations;
  }

  private static boolean needsValue(ObjectNode operation) {
    String op = operation.path("op").asString("");
    return op.equals("add") || op.equals("replace");
  }

  private static void fail(Policy policy, Binding binding, AdmissionRequest request, String why) {
    if (!policy.failsClosed()) {
      return;
    }
    String message =
        "policy '%s' with binding '%s' denied request: %s"
            .formatted(policy.name(), binding.name(), why);
    StatusException forbidden = request.refuse(message);
    StatusException.Details d = forbidden.details();
    throw new StatusException(
        StatusReason.FORBIDDEN,
        message,
        new StatusException.Details(
            d.group(), d.kind(), d.name(), "", List.of(new StatusCause("", message, "")), 0));
  }
}
