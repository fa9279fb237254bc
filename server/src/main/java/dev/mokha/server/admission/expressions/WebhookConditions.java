package dev.mokha.server.admission.expressions;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.server.admission.AdmissionRequest;
import dev.mokha.server.admission.matching.Form;
import dev.mokha.server.admission.matching.MatchConditions;
import tools.jackson.databind.JsonNode;

/** The match conditions of webhooks. */
public final class WebhookConditions implements MatchConditions.Factory {
  private final RequestVariables variables;

  /** With values from there. */
  public WebhookConditions(RequestVariables variables) {
    this.variables = requireNonNull(variables, "variables");
  }

  @Override
  public MatchConditions compile(JsonNode list, boolean failsClosed) {
    if (list.isEmpty()) {
      return MatchConditions.NONE;
    }
    Conditions conditions = Conditions.of(() -> Environments.of(false), list);
    return (request, form) -> hold(conditions, request, form, failsClosed);
  }

  private boolean hold(
      Conditions conditions, AdmissionRequest request, Form form, boolean failsClosed) {
    try {
      return conditions.hold(variables.of(request, form, false));
    } catch (ExpressionFailure e) {
      if (failsClosed) {
        throw StatusException.forbidden(
            request.type().gvr().group(),
            request.type().gvr().resource(),
            request.name(),
            e.getMessage());
      }
      return false;
    }
  }
}
