package dev.mokha.api.schema;

/**
 * The shape of one JSON value. Immutable; parts of built-in types are read when first asked for.
 *
 * <p>Walk a value and its schema side by side with a switch:
 *
 * <pre>{@code
 * switch (schema) {
 *   case ObjectSchema object -> object.field("spec");
 *   case ListSchema list -> list.items();
 *   case MapSchema map -> map.values();
 *   case ScalarSchema scalar -> scalar.type();
 *   case AnySchema any -> any.kind();
 * }
 * }</pre>
 */
public sealed interface Schema
    permits ObjectSchema, ListSchema, MapSchema, ScalarSchema, AnySchema {
  /** What only custom resource definitions say of a value; {@link Constraints#NONE} elsewhere. */
  Constraints constraints();
}
