package dev.mokha.server.admission.policies;

import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.cel.CelEnvironment;
import dev.mokha.server.admission.expressions.Compiled;
import dev.mokha.server.admission.expressions.Conditions;
import dev.mokha.server.admission.matching.MatchCriteria;
import java.util.List;
import java.util.Optional;

/**
 * A policy, compiled.
 *
 * @param name its name
 * @param criteria which requests it is for
 * @param paramKind what its parameters are
 * @param conditions under which conditions it is for them
 * @param variables by name, in order; each may name those before it
 * @param failsClosed whether a request is refused that it could not judge
 * @param validations for a validating policy
 * @param annotations for a validating policy
 * @param mutations for a mutating policy
 * @param reinvocable whether it may run again when others changed the object after it
 */
record Policy(
    String name,
    MatchCriteria criteria,
    Optional<GroupVersionKind> paramKind,
    Conditions conditions,
    List<Named> variables,
    boolean failsClosed,
    List<Validation> validations,
    List<Named> annotations,
    List<Mutation> mutations,
    boolean reinvocable) {

  /** An expression with a name. */
  record Named(String name, Compiled expression) {}

  /**
   * A rule.
   *
   * @param message what is told when it is broken; may be empty
   * @param messageExpression makes the message; null for none
   * @param reason of the refusal; empty for the usual one
   */
  record Validation(
      Compiled expression, String message, Compiled messageExpression, String reason) {}

  /**
   * A change.
   *
   * @param applies true for an apply configuration, false for a JSON patch
   */
  record Mutation(boolean applies, Compiled expression) {}

  /** What its expressions may name, beside its variables. */
  static CelEnvironment environment(boolean mutating, boolean params) {
    return mutating
        ? dev.mokha.server.admission.expressions.Environments.mutating(params)
        : dev.mokha.server.admission.expressions.Environments.of(params);
  }
}
