package dev.mokha.schemagen;

import java.util.List;

/** The type of a field. */
sealed interface Type {
  /**
   * A single value.
   *
   * @param code place in {@code dev.mokha.api.schema.ScalarType}
   */
  record Scalar(int code) implements Type {
    static final Scalar STRING = new Scalar(0);
    static final Scalar BYTES = new Scalar(1);
    static final Scalar BOOLEAN = new Scalar(2);
    static final Scalar INT32 = new Scalar(3);
    static final Scalar INT64 = new Scalar(4);
    static final Scalar DOUBLE = new Scalar(5);
    static final Scalar INT_OR_STRING = new Scalar(7);
    static final Scalar QUANTITY = new Scalar(8);
    static final Scalar TIME = new Scalar(9);
    static final Scalar MICRO_TIME = new Scalar(10);
  }

  /**
   * A value of free form.
   *
   * @param code place in {@code dev.mokha.api.schema.AnySchema.Kind}
   */
  record Any(int code) implements Type {}

  /** A type with a name. */
  record Ref(String definition) implements Type {}

  /** A list; list type and keys belong to apply. */
  record ListOf(Type items, String listType, List<String> keys) implements Type {}

  /** A map with string keys. */
  record MapOf(Type values, String mapType) implements Type {}
}
