package dev.mokha.api.schema;

import static java.util.Objects.requireNonNull;

import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a custom resource definition demands of a value beyond its shape.
 *
 * @param nullable whether null is kept as a value of its own
 * @param openApi the value's part of {@code openAPIV3Schema} as it was written: bounds, patterns,
 *     enums, {@code allOf}, {@code x-kubernetes-validations}; shared, so read only
 */
public record Constraints(boolean nullable, ObjectNode openApi) {
  /** No demands: every built-in type has these, whose validation is code. */
  public static final Constraints NONE =
      new Constraints(false, JsonNodeFactory.instance.objectNode());

  /** Whether it is a built-in type's part: those all share {@link #NONE}. */
  @SuppressWarnings("ReferenceEquality") // A custom type's part may demand nothing, too.
  boolean isNone() {
    return this == NONE;
  }

  /** Refuses null. */
  public Constraints {
    requireNonNull(openApi, "openApi");
  }
}
