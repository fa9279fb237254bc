package dev.mokha.server.admission.matching;

import dev.mokha.server.admission.AdmissionRequest;
import tools.jackson.databind.JsonNode;

/** The {@code matchConditions} of a webhook or policy, compiled. */
@FunctionalInterface
public interface MatchConditions {
  /** No conditions. */
  MatchConditions NONE = (request, form) -> true;

  /**
   * Whether all of them hold.
   *
   * @throws dev.mokha.api.error.StatusException {@code Forbidden} when one has no value, and that
   *     must not pass
   */
  boolean hold(AdmissionRequest request, Form form);

  /** Compiles conditions. */
  @FunctionalInterface
  interface Factory {
    /**
     * Compiles a list.
     *
     * @param failsClosed whether a condition without a value refuses the request; else it does not
     *     hold
     */
    MatchConditions compile(JsonNode conditions, boolean failsClosed);
  }
}
