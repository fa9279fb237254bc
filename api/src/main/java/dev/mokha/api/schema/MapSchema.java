package dev.mokha.api.schema;

import static java.util.Objects.requireNonNull;

/**
 * An object whose keys are data, such as labels.
 *
 * @param values the shape of each value
 * @param type how apply merges it
 * @param constraints demands of a custom resource definition
 */
public record MapSchema(Schema values, MapType type, Constraints constraints) implements Schema {
  /** Refuses nulls. */
  public MapSchema {
    requireNonNull(values, "values");
    requireNonNull(type, "type");
    requireNonNull(constraints, "constraints");
  }
}
