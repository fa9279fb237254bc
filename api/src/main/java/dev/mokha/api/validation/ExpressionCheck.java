package dev.mokha.api.validation;

import java.util.Optional;

/**
 * Checks the expressions in an object; what knows the language is outside of this module.
 *
 * <p>One check serves one object: variables that it has seen may be named by later expressions.
 */
public interface ExpressionCheck {
  /** Finds nothing wrong with any expression. */
  ExpressionCheck NONE = (place, text) -> Optional.empty();

  /** What an expression is for; its result's type and what it may name depend on it. */
  enum Place {
    WEBHOOK_CONDITION,
    CONDITION,
    VARIABLE,
    VALIDATION,
    MESSAGE,
    ANNOTATION,
    APPLY_CONFIGURATION,
    JSON_PATCH
  }

  /** What is wrong with an expression, in words; empty when nothing is. */
  Optional<String> check(Place place, String text);

  /** Begins with a policy, which may have parameters. */
  default void begin(boolean params) {}

  /** From now on expressions may name a variable. */
  default void declare(String name, String text) {}
}
