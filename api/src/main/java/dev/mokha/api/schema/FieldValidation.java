package dev.mokha.api.schema;

import dev.mokha.api.error.StatusException;

/** What happens to unknown and duplicate fields: the query parameter {@code fieldValidation}. */
public enum FieldValidation {
  /** They are dropped silently. */
  IGNORE("Ignore"),
  /** They are dropped, and each is named in a {@code Warning} header. */
  WARN("Warn"),
  /** The request is refused. */
  STRICT("Strict");

  private final String parameter;

  FieldValidation(String parameter) {
    this.parameter = parameter;
  }

  /**
   * Reads the parameter; null or empty means {@link #WARN}, as for every release since 1.25.
   *
   * @throws StatusException 422 for any other word
   */
  public static FieldValidation of(String parameter) {
    if (parameter == null || parameter.isEmpty()) {
      return WARN;
    }
    for (FieldValidation v : values()) {
      if (v.parameter.equals(parameter)) {
        return v;
      }
    }
    throw StatusException.badRequest(
        "fieldValidation: Unsupported value: \"%s\": supported values: \"Ignore\", \"Strict\", \"Warn\""
            .formatted(parameter));
  }
}
