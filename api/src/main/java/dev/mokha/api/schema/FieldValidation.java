package dev.mokha.api.schema;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.error.StatusException;
import java.util.List;

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

  /** Reads the parameter of a create. */
  public static FieldValidation of(String parameter) {
    return of(parameter, "CreateOptions");
  }

  /**
   * Reads the parameter; null or empty means {@link #WARN}, as for every release since 1.25.
   *
   * @param optionsKind whose parameter it is, for the message: {@code CreateOptions}, {@code
   *     UpdateOptions} or {@code PatchOptions}
   * @throws StatusException 422 for any other word
   */
  public static FieldValidation of(String parameter, String optionsKind) {
    if (parameter == null || parameter.isEmpty()) {
      return WARN;
    }
    for (FieldValidation v : values()) {
      if (v.parameter.equals(parameter)) {
        return v;
      }
    }
    throw StatusException.invalid(
        "meta.k8s.io",
        optionsKind,
        "",
        List.of(
            new StatusCause(
                "FieldValueNotSupported",
                "Unsupported value: \"%s\": supported values: \"Ignore\", \"Strict\", \"Warn\""
                    .formatted(parameter),
                "fieldValidation")));
  }
}
