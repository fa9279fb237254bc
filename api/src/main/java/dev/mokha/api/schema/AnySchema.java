package dev.mokha.api.schema;

import static java.util.Objects.requireNonNull;

/**
 * A value that is kept as it came, nothing in it checked or dropped.
 *
 * @param kind which of the free forms
 * @param constraints demands of a custom resource definition
 */
public record AnySchema(Kind kind, Constraints constraints) implements Schema {
  /** The free forms. The order is part of the schema resource's format. */
  public enum Kind {
    /** Any JSON value. */
    JSON,
    /** An object of any kind. */
    RAW_EXTENSION,
    /** The set of fields in {@code metadata.managedFields}. */
    FIELDS_V1,
    /** A JSON schema or a list of them. */
    JSON_SCHEMA_OR_ARRAY,
    /** A JSON schema or true or false. */
    JSON_SCHEMA_OR_BOOL,
    /** A JSON schema or a list of strings. */
    JSON_SCHEMA_OR_STRING_ARRAY,
    /** The body of a patch request. */
    PATCH
  }

  private static final AnySchema[] PLAIN = plain();

  /** Refuses nulls. */
  public AnySchema {
    requireNonNull(kind, "kind");
    requireNonNull(constraints, "constraints");
  }

  /** The shared schema of that form without constraints. */
  public static AnySchema of(Kind kind) {
    return PLAIN[kind.ordinal()];
  }

  private static AnySchema[] plain() {
    Kind[] kinds = Kind.values();
    AnySchema[] all = new AnySchema[kinds.length];
    for (Kind kind : kinds) {
      all[kind.ordinal()] = new AnySchema(kind, Constraints.NONE);
    }
    return all;
  }
}
