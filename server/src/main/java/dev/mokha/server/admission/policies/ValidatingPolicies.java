package dev.mokha.server.admission.policies;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.cel.CostBudget;
import dev.mokha.cel.value.CelNull;
import dev.mokha.server.admission.AdmissionPlugin;
import dev.mokha.server.admission.AdmissionRequest;
import dev.mokha.server.admission.expressions.ExpressionFailure;
import dev.mokha.server.admission.expressions.RequestVariables;
import dev.mokha.server.admission.matching.Form;
import dev.mokha.server.admission.matching.ServedKinds;
import dev.mokha.server.admission.policies.Policy.Named;
import dev.mokha.server.admission.policies.Policy.Validation;
import dev.mokha.server.admission.policies.PolicyMetrics.Trouble;
import dev.mokha.server.storage.ObjectReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Judges requests by {@code ValidatingAdmissionPolicy}s and their bindings. */
public final class ValidatingPolicies implements AdmissionPlugin {
  private static final int LONGEST_MESSAGE_BYTES = 5 << 10;
  private static final int LONGEST_ANNOTATION = 10 << 10;

  private final ObjectReader objects;
  private final RequestVariables variables;
  private final PolicySet policies;
  private final Params params;
  private final PolicyMetrics metrics;

  /** Plug-in for the policies among these objects. */
  public ValidatingPolicies(
      ObjectReader objects, ServedKinds kinds, RequestVariables variables, PolicyMetrics metrics) {
    this.metrics = requireNonNull(metrics, "metrics");
    this.objects = requireNonNull(objects, "objects");
    this.variables = requireNonNull(variables, "variables");
    this.params = new Params(objects, kinds);
    this.policies =
        new PolicySet(
            objects, kinds, "validatingadmissionpolicies", "validatingadmissionpolicybindings");
  }

  /** Something a policy has against the request. */
  private record Finding(
      String message, String reason, int validation, Trouble trouble, long nanos) {
    static Finding of(ExpressionFailure e, int validation, long begun) {
      return new Finding(e.getMessage(), "", validation, troubleOf(e), System.nanoTime() - begun);
    }

    static Finding invalid(String message) {
      return new Finding(message, "", 0, Trouble.INVALID, 0);
    }
  }

  private static Trouble troubleOf(ExpressionFailure e) {
    return e.outOfBudget() ? Trouble.OUT_OF_BUDGET : Trouble.INVALID;
  }

  /** A refusal and who made it. */
  private record Denial(Policy policy, Binding binding, Finding finding) {}

  /** What is collected while all policies are asked. */
  private static final class Verdict {
    final List<Denial> denials = new ArrayList<>();
    final ArrayNode failures = dev.mokha.api.object.Json.MAPPER.createArrayNode();
  }

  @Override
  public String name() {
    return "ValidatingAdmissionPolicy";
  }

  @Override
  public boolean handles(AdmissionRequest request) {
    return policies.mayMean(request);
  }

  @Override
  public void validate(AdmissionRequest request) {
    Verdict verdict = new Verdict();
    for (PolicySet.Bound bound : policies.all()) {
      Optional<Form> form = bound.policy().criteria().find(request);
      if (form.isPresent() && bound.policy().criteria().chosen(request, objects)) {
        Map<String, Set<String>> annotations = new LinkedHashMap<>();
        for (Binding binding : bound.bindings()) {
          ask(bound.policy(), binding, request, form.get(), verdict, annotations);
        }
        annotations.forEach(
            (key, values) ->
                request.annotate(bound.policy().name() + "/" + key, String.join(", ", values)));
      }
    }
    if (!verdict.failures.isEmpty()) {
      request.annotate(
          "validation.policy.admission.k8s.io/validation_failure",
          dev.mokha.api.object.Json.text(verdict.failures));
    }
    if (!verdict.denials.isEmpty()) {
      throw refusal(request, verdict.denials.getFirst());
    }
  }

  private void ask(
      Policy policy,
      Binding binding,
      AdmissionRequest request,
      Form form,
      Verdict verdict,
      Map<String, Set<String>> annotations) {
    if (binding.criteria() != null
        && (binding.criteria().find(request).isEmpty()
            || !binding.criteria().chosen(request, objects))) {
      return;
    }
    try {
      for (JsonNode param : params.of(policy, binding, request)) {
        for (Finding finding : judge(policy, binding, request, form, param, annotations)) {
          act(policy, binding, request, finding, verdict);
        }
      }
    } catch (Params.Unusable e) {
      if (policy.failsClosed()) {
        verdict.denials.add(
            new Denial(
                policy,
                binding,
                Finding.invalid("failed to configure binding: " + e.getMessage())));
        metrics.note(policy, binding, "deny", Trouble.INVALID, 0);
      }
    }
  }

  private void act(
      Policy policy, Binding binding, AdmissionRequest request, Finding finding, Verdict verdict) {
    for (String action : binding.actions()) {
      metrics.note(
          policy, binding, action.toLowerCase(Locale.ROOT), finding.trouble, finding.nanos);
      switch (action) {
        case "Deny" -> verdict.denials.add(new Denial(policy, binding, finding));
        case "Warn" ->
            request.warn(
                "Validation failed for ValidatingAdmissionPolicy '%s' with binding '%s': %s"
                    .formatted(policy.name(), binding.name(), finding.message));
        case "Audit" -> {
          ObjectNode failure = verdict.failures.addObject();
          failure.put("message", finding.message).put("policy", policy.name());
          failure.put("binding", binding.name()).put("expressionIndex", finding.validation);
          binding.actions().forEach(failure.putArray("validationActions")::add);
        }
        default -> {}
      }
    }
  }

  /** What the policy has against the request, with one parameter. */
  private List<Finding> judge(
      Policy policy,
      Binding binding,
      AdmissionRequest request,
      Form form,
      JsonNode param,
      Map<String, Set<String>> annotations) {
    Map<String, Object> values = variables.of(request, form, true);
    values.put("params", param);
    List<Finding> findings = new ArrayList<>();
    long begun = System.nanoTime();
    try {
      if (!policy.conditions().isEmpty() && !policy.conditions().hold(values)) {
        return List.of();
      }
    } catch (ExpressionFailure e) {
      if (policy.failsClosed()) {
        return List.of(Finding.of(e, 0, begun));
      }
      metrics.note(policy, binding, "allow", troubleOf(e), System.nanoTime() - begun);
      return List.of();
    }
    CostBudget budget = CostBudget.forObject();
    new VariableValues(policy.variables(), values, budget);
    for (int i = 0; i < policy.validations().size(); i++) {
      Validation validation = policy.validations().get(i);
      begun = System.nanoTime();
      try {
        if (!Boolean.TRUE.equals(validation.expression().evaluate(values, budget))) {
          findings.add(
              new Finding(
                  message(validation, values, budget),
                  validation.reason(),
                  i,
                  Trouble.NONE,
                  System.nanoTime() - begun));
        }
      } catch (ExpressionFailure e) {
        if (policy.failsClosed()) {
          findings.add(Finding.of(e, i, begun));
        } else {
          metrics.note(policy, binding, "allow", troubleOf(e), System.nanoTime() - begun);
        }
        if (e.outOfBudget()) {
          break;
        }
      }
    }
    annotate(policy, values, annotations, findings);
    return findings;
  }

  private static String message(
      Validation validation, Map<String, Object> values, CostBudget budget) {
    String message = "";
    if (validation.messageExpression() != null) {
      try {
        Object made = validation.messageExpression().evaluate(values, budget);
        message = made instanceof String text ? usable(text.strip()) : "";
      } catch (ExpressionFailure e) {
        message = ""; // The fixed message will do.
      }
    }
    if (message.isEmpty()) {
      message = validation.message();
    }
    return message.isEmpty() ? "failed expression: " + validation.expression().text() : message;
  }

  private static String usable(String message) {
    boolean fits =
        message.indexOf('\n') < 0
            && message.getBytes(StandardCharsets.UTF_8).length <= LONGEST_MESSAGE_BYTES;
    return fits ? message : "";
  }

  private static void annotate(
      Policy policy,
      Map<String, Object> values,
      Map<String, Set<String>> annotations,
      List<Finding> findings) {
    CostBudget budget = CostBudget.forObject();
    for (Named annotation : policy.annotations()) {
      try {
        Object value = annotation.expression().evaluate(values, budget);
        if (value instanceof String text && !text.isBlank()) {
          String kept = text.strip();
          annotations
              .computeIfAbsent(annotation.name(), k -> new LinkedHashSet<>())
              .add(
                  kept.length() <= LONGEST_ANNOTATION
                      ? kept
                      : kept.substring(0, LONGEST_ANNOTATION));
        } else if (!(value instanceof String) && !(value instanceof CelNull)) {
          throw new IllegalStateException("the expression's type was checked");
        }
      } catch (ExpressionFailure e) {
        if (policy.failsClosed()) {
          findings.add(Finding.of(e, 0, System.nanoTime()));
        }
      } catch (IllegalStateException e) {
        if (policy.failsClosed()) {
          findings.add(
              Finding.invalid(
                  "valueExpression '%s' resulted in unsupported return type. Return type must be either string or null."
                      .formatted(annotation.expression().text())));
        }
      }
    }
  }

  private static StatusException refusal(AdmissionRequest request, Denial denial) {
    String message =
        "ValidatingAdmissionPolicy '%s' with binding '%s' denied request: %s"
            .formatted(denial.policy.name(), denial.binding.name(), denial.finding.message);
    StatusReason reason =
        switch (denial.finding.reason) {
          case "Unauthorized" -> StatusReason.UNAUTHORIZED;
          case "Forbidden" -> StatusReason.FORBIDDEN;
          case "RequestEntityTooLarge" -> StatusReason.REQUEST_ENTITY_TOO_LARGE;
          default -> StatusReason.INVALID;
        };
    StatusException forbidden = request.refuse(message);
    StatusException.Details d = forbidden.details();
    return new StatusException(
        reason,
        forbidden.getMessage(),
        new StatusException.Details(
            d.group(), d.kind(), d.name(), "", List.of(new StatusCause("", message, "")), 0));
  }
}
