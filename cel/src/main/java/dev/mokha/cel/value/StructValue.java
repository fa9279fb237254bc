package dev.mokha.cel.value;

import java.util.Set;

/** An object with named fields, such as a part of a custom object or one that {@code X{}} makes. */
public interface StructValue {
  /** The type's name. */
  String typeName();

  /** The names of all fields that are set, as expressions write them. */
  Set<String> names();

  /** Whether the field is set. */
  boolean has(String name);

  /**
   * The field's value.
   *
   * @return null when it is not set
   */
  Object get(String name);
}
