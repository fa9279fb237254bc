package dev.mokha.api.schema;

import static java.util.Objects.requireNonNull;

/**
 * A single value.
 *
 * @param type which kind of value
 * @param constraints demands of a custom resource definition
 */
public record ScalarSchema(ScalarType type, Constraints constraints) implements Schema {
  private static final ScalarSchema[] PLAIN = plain();

  /** Refuses nulls. */
  public ScalarSchema {
    requireNonNull(type, "type");
    requireNonNull(constraints, "constraints");
  }

  /** The shared schema of that type without constraints. */
  public static ScalarSchema of(ScalarType type) {
    return PLAIN[type.ordinal()];
  }

  private static ScalarSchema[] plain() {
    ScalarType[] types = ScalarType.values();
    ScalarSchema[] all = new ScalarSchema[types.length];
    for (ScalarType type : types) {
      all[type.ordinal()] = new ScalarSchema(type, Constraints.NONE);
    }
    return all;
  }
}
