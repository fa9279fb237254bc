package dev.mokha.cel;

/** What an expression must result in. */
public enum ResultType {
  /** Anything. */
  ANY,
  /** Exactly {@code bool}. */
  BOOL,
  /** Exactly {@code string}. */
  STRING,
  /** {@code bool} or {@code dyn}: what is found only at evaluation is checked then. */
  BOOL_OR_DYN,
  /** {@code string}, {@code null} or {@code dyn}, as audit annotations may be. */
  STRING_OR_NULL_OR_DYN,
  /** {@code string} or {@code dyn}. */
  STRING_OR_DYN,
  /** {@code Object}, for apply configurations of mutating policies. */
  OBJECT,
  /** {@code list(JSONPatch)}, for JSON patches of mutating policies. */
  JSON_PATCHES
}
